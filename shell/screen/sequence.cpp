#include "shell/screen/sequence.hpp"

#include <string_view>

namespace top {
namespace {

constexpr wchar_t bell = 7;
constexpr wchar_t escape = 27;
constexpr wchar_t string_terminator = 0x9c;

constexpr std::wstring_view with_parameters = L"[O"; // CSI, and SS3, where old terminals put parameters, too
constexpr std::wstring_view with_text = L"]PX^_";    // OSC, DCS, SOS, PM, APC

} // namespace

bool Sequence::begins(wchar_t introducer) {
    if (with_parameters.find(introducer) != std::wstring_view::npos)
        state_ = State::parameters;
    else if (with_text.find(introducer) != std::wstring_view::npos)
        state_ = State::text;
    else
        state_ = State::none;
    return state_ != State::none;
}

bool Sequence::takes(wchar_t character) {
    switch (state_) {
    case State::none:
        return false;
    case State::parameters: {
        bool goes_on = (character >= L' ' && character < L'@') || character == L'['; // Linux: \e[[A
        bool final = character >= L'@' && character <= L'~';
        if (!goes_on)
            state_ = State::none;
        return goes_on || final;
    }
    case State::text:
        if (character == escape)
            state_ = State::text_escape;
        else if (character == bell || character == string_terminator)
            state_ = State::none;
        return true;
    case State::text_escape:
        state_ = State::none;
        return character == L'\\' || begins(character);
    }
    return false;
}

} // namespace top
