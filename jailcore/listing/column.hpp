// Cells of a table of text. What they hold is escaped (pty/escape.hpp); widths count characters, not bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jailcore {

// How many columns text takes that is escaped already.
size_t width_of(std::string_view shown);

// At most `width` characters.
std::string cut(std::string_view text, size_t width);

// At most `width` characters, filled up with spaces on the right.
std::string cut_and_fill(std::string_view text, size_t width);

// All of the text, filled up to `width` on the right, or on the left.
std::string fill(std::string_view text, size_t width);
std::string fill_left(std::string_view text, size_t width);

} // namespace jailcore
