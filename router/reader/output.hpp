// What all modes of the reader print through.
#pragma once

#include <string>

namespace reader {

// To standard output. Throws StepError.
void print(const std::string& text);

// One line to standard error, made safe to show.
void complain(const std::string& text);

} // namespace reader
