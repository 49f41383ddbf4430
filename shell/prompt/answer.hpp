// What a program says, if it says it soon.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace prompt {

// Runs argv[0] with nothing to read and its errors unheard, and returns its standard output; "" where it has
// not ended in time (then it is killed) or has said more than 4 MiB. Throws pty::StepError where it cannot be
// run.
std::string answer_of(const std::vector<std::string>& argv, std::chrono::milliseconds patience);

} // namespace prompt
