#include "shell/relay/terminal_modes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace shell {
namespace {

struct WatchedMode {
    std::string_view number;
    bool normal; // what it is in a terminal that nobody has changed
};

// The alternate screen comes first: what follows must act on the screen that the user goes on with.
constexpr std::array<WatchedMode, 14> watched{{
    {"1049", false}, // alternate screen, cursor saved
    {"1047", false}, // alternate screen
    {"47", false},   // alternate screen
    {"1", false},    // application cursor keys
    {"7", true},     // wrap at the margin
    {"25", true},    // cursor visible
    {"9", false},    // mouse: presses
    {"1000", false}, // mouse: presses and releases
    {"1002", false}, // mouse: and drags
    {"1003", false}, // mouse: and every movement
    {"1004", false}, // focus reports
    {"1006", false}, // mouse: SGR coordinates
    {"1015", false}, // mouse: urxvt coordinates
    {"2004", false}, // bracketed paste
}};

constexpr size_t most_parameters = 64; // bytes; a longer list is not one that a program writes

} // namespace

void TerminalModes::watch(std::string_view output) {
    while (!output.empty()) {
        if (state_ == State::text) {
            // Nearly all output is text: one fast search, and nothing more.
            const void* escape = std::memchr(output.data(), '\033', output.size());
            if (escape == nullptr)
                return;
            output.remove_prefix(static_cast<size_t>(static_cast<const char*>(escape) - output.data()));
        }
        step(output.front());
        output.remove_prefix(1);
    }
}

void TerminalModes::step(char c) {
    if (c == '\033') { // cancels whatever it interrupts
        state_ = State::escape;
        return;
    }
    switch (state_) {
    case State::text:
        break;
    case State::escape:
        state_ = c == '[' ? State::control : State::text;
        if (c == 'c') { // RIS: everything is as in a new terminal
            changed_.reset();
            keypad_ = false;
        } else if (c == '=' || c == '>') {
            keypad_ = c == '=';
        }
        break;
    case State::control:
        parameters_.clear();
        state_ = c == '?' ? State::modes : State::skip;
        if (c >= 0x40)
            state_ = State::text;
        break;
    case State::modes:
        next_parameter(c);
        break;
    case State::skip:
        if (c >= 0x40)
            state_ = State::text;
        break;
    }
}

void TerminalModes::next_parameter(char c) {
    if ((c >= '0' && c <= '9') || c == ';') {
        parameters_.push_back(c);
        if (parameters_.size() > most_parameters)
            state_ = State::skip;
        return;
    }
    if (c == 'h' || c == 'l')
        apply(c == 'h');
    state_ = c >= 0x40 ? State::text : State::skip;
}

void TerminalModes::apply(bool set) {
    std::string_view rest = parameters_;
    while (!rest.empty()) {
        size_t end = std::min(rest.find(';'), rest.size());
        const auto* found = std::ranges::find(watched, rest.substr(0, end), &WatchedMode::number);
        if (found != watched.end())
            changed_.set(static_cast<size_t>(found - watched.begin()), set != found->normal);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

std::string TerminalModes::reset() const {
    std::string text;
    for (size_t i = 0; i < watched.size(); ++i)
        if (changed_.test(i))
            text.append("\033[?").append(watched[i].number).append(watched[i].normal ? "h" : "l");
    if (keypad_)
        text.append("\033>");
    return text;
}

} // namespace shell
