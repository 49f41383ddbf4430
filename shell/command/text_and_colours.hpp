// What a terminal was shown, for another terminal to show. Pure.
#pragma once

#include <string>
#include <string_view>

namespace shell {

// The text of `output`, its lines, and its colours and other renditions (ECMA-48, SGR). All other control
// sequences are left out: a terminal answers some of them (its type, the place of its cursor), and what it
// answers would stand there as if it had been typed, chosen by a jail. Characters that are invisible
// or reorder text are escaped; concealed text, \r and \b do what they did in the session. The last line is
// ended, in the terminal's own colours.
std::string text_and_colours(std::string_view output);

} // namespace shell
