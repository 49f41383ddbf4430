// `jenter check`: what is wrong with the terminals of a jail, and mending it.
#pragma once

#include "jailcore/enter/request.hpp"

namespace jailcore {

// Looks at the jail's /dev from the host's side and from inside, prints one line for each finding (or JSON)
// to standard output, and returns the exit status: 0 where terminals work, 1 where they do not. Throws
// EnterFailure, StepError where it could not look.
int check_jail(const EnterRequest& request);

} // namespace jailcore
