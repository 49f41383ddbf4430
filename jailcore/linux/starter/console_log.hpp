// exec.consolelog: where commands in the jail print to.
#pragma once

#include "jailcore/host_paths.hpp"
#include "jailcore/linux/starter/keepers.hpp"
#include "jailcore/plan/linux/plan.hpp"

namespace jailcore {

// What a command in the jail is to have for its standard output and error output: the log itself where it is
// a file of the jail's, below its root, and a pipe that is copied to it where it is the host's, for whoever
// holds a file can truncate it and change its mode. Nothing where the plan has no log. Throws StartFailure,
// StepError.
KeptLog console_log(const Plan& plan, const HostPaths& host);

} // namespace jailcore
