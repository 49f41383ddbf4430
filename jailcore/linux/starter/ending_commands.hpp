// Commands that run in a jail before its end: exec.stop, and the script of a kill. The jail lives on where
// they fail, and what they have begun must not run beside the next that is run.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/linux/starter/hooks.hpp"

#include <string>
#include <vector>

namespace jailcore {

// As HookRunner::run_inside(), for the jail of starter.hpp's descriptors. Where one fails or is late, all
// that they have begun is killed; what others leave is the jail's. They are a cgroup of their own below that
// of the jail's members, as far as the jail has one, and lets them have it.
void run_before_end(const HookRunner& hooks, const std::vector<std::string>& values, const JailRecord& jail);

// Kills what those have left whose starter has died. `members`: as in cgroup.hpp; "": none.
void end_left_commands(const std::string& members);

} // namespace jailcore
