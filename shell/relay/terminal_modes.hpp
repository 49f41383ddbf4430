// What a session has switched on in the user's terminal, found by watching its output pass.
#pragma once

#include <bitset>
#include <string>
#include <string_view>

namespace shell {

// Follows the private modes (ECMA-48 CSI ? n h, CSI ? n l: xterm's ctlseqs, "DECSET") that leave a terminal
// unusable for whoever comes next. Pure; output may be cut anywhere.
class TerminalModes {
public:
    void watch(std::string_view output);

    // What to write so that none is left on; "" where none is.
    [[nodiscard]] std::string reset() const;

private:
    enum class State { text, escape, control, modes, skip };
    void step(char c);
    void next_parameter(char c);
    void apply(bool set);

    State state_ = State::text;
    std::string parameters_;
    std::bitset<16> changed_; // by index in the table of watched modes
    bool keypad_ = false;
};

} // namespace shell
