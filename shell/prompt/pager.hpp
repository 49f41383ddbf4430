// What a verb prints, shown a screen at a time where it is longer than one.
#pragma once

#include <cstddef>
#include <string_view>

namespace prompt {

// How many rows of a screen the text takes. A character that takes no column or two counts as one. Pure.
size_t rows_of(std::string_view text, size_t columns);

// The program that stands behind a verb in its job: copies standard input to standard output where it fits on
// the screen, and otherwise becomes $PAGER, or less -R, or more. Returns its exit status. Throws
// pty::StepError.
int page();

} // namespace prompt
