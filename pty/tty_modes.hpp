// The modes and characters of a terminal as they travel to another: RFC 4254, section 8 ("Encoding of
// Terminal Modes"), with IUTF8 of RFC 8160. termios(3).
#pragma once

#include <string>
#include <string_view>
#include <termios.h>

namespace pty {

// Of every opcode that this system knows.
std::string encode_tty_modes(const termios& settings);

// Changes `settings` by what `modes` holds, up to its end or to what cannot be understood. Whatever it holds,
// what comes out is what a user could have set with stty(1): opcodes and values that this system does not
// have change nothing.
void apply_tty_modes(termios& settings, std::string_view modes);

} // namespace pty
