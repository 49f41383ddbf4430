// What the verbs do.
#pragma once

#include "shell/syntax/options.hpp"

namespace shell {

// Does what was asked for, and returns the exit status. May throw FailureError, StepError.
int perform(const Options& options);

} // namespace shell
