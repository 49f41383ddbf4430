// Starting jkeeper (jailcore/contract/linux/keeper.hpp), which outlives the starter.
#pragma once

#include "pty/fd.hpp"

#include <cstdint>
#include <sys/types.h>

namespace jailcore {

// One that tells of the processes of a cgroup. `events`: its cgroup.events. Returns the socket that jinit is
// to have. Throws StepError.
pty::UniqueFd keep_members(int events);

// Where a command prints to.
struct KeptLog {
    pty::UniqueFd output; // the pipe, or the file itself; none: nowhere
    pty::UniqueFd keeper; // socket to the keeper that copies; none: nobody does
};

// One that copies into `log`. Throws StepError.
KeptLog keep_log(int log);

// When what has been printed so far is in the log; or in vain, where its file system takes too long.
void await_log(const KeptLog& log);

struct Keeper {
    pid_t pid = 0;
    uint64_t start_time = 0; // jailcore/process_handle.hpp
};

// One that keeps this process's mount namespace while the jail is there. `jinit`: pidfd. Throws StepError.
Keeper keep_mounts(int jinit);

} // namespace jailcore
