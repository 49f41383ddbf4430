// A sequence from the terminal that is no key: its answer to what a program has asked, or a key with a
// modifier that its description lacks. Without this, its characters would be keys, and a jail's program could
// type them by asking. Pure.
#pragma once

#include <cstdint>

namespace top {

class Sequence {
public:
    // The character behind an Escape: whether it begins a sequence.
    bool begins(wchar_t introducer);
    // The next character: whether it belongs to the sequence; never where there is none.
    bool takes(wchar_t character);
    // What comes next is a key again.
    void abandon() { state_ = State::none; }

private:
    enum class State : uint8_t { none, parameters, text, text_escape };
    State state_ = State::none;
};

} // namespace top
