// Backslash escapes of jail.conf(5): the same bare, in "…" and in '…'.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jailcore::conf {

// The length of the escape that `text` begins with: a backslash and a character, \ooo with up to three octal
// digits, \xhh with up to two hexadecimal ones; 1 for a backslash with nothing behind it.
size_t escape_length(std::string_view text);

// The meaning of a token's text without the first `left` and the last `right` bytes. As in C strings, it
// stops at a NUL, written as such or as an escape.
std::string unescape(std::string_view text, size_t left, size_t right);

} // namespace jailcore::conf
