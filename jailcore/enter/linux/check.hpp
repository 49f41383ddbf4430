// `jenter check`: what is wrong with the terminals of a jail, and mending it.
#pragma once

#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/enter/request.hpp"

namespace jailcore {

// Enters the jail, prints one line for each finding (or JSON) to standard output, and returns the exit
// status: 0 where terminals work, 1 where they do not. Throws EnterFailure, StepError where it could not
// look.
int check_jail(const EnterRequest& request, const EnterSpec* spec);

} // namespace jailcore
