// Cells of a table of text. What they hold is escaped (pty/escape.hpp); widths are columns of a terminal, of
// which a character can take two or none (wcwidth(3): the locale must be one of UTF-8, or each counts as
// one).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jailcore {

// How many columns text takes that is escaped already.
size_t width_of(std::string_view shown);

// As much as `width` columns hold.
std::string cut(std::string_view text, size_t width);

// As much as `width` columns hold, filled up with spaces on the right.
std::string cut_and_fill(std::string_view text, size_t width);

// All of the text, filled up to `width` on the right, or on the left.
std::string fill(std::string_view text, size_t width);
std::string fill_left(std::string_view text, size_t width);

} // namespace jailcore
