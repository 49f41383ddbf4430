// Starting jkeeper (jailcore/keeper.hpp), which outlives the starter.
#pragma once

#include "pty/fd.hpp"

namespace jailcore {

// One that tells of the processes of a cgroup. `events`: its cgroup.events. Returns the socket that jinit is
// to have. Throws StepError.
pty::UniqueFd keep_members(int events);

// One that copies into `log`. Returns the pipe to print to. Throws StepError.
pty::UniqueFd keep_log(int log);

} // namespace jailcore
