// A process that stands for a jail, held so that another which got its number later is never taken for it.
#pragma once

#include "pty/fd.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace jailcore {

// A descriptor of the process (pidfd_open(2); FreeBSD: none yet). Readable once it has ended. Throws
// pty::StepError: ESRCH where there is none.
pty::UniqueFd open_process(pid_t pid);

// When the process started, in the kernel's own count; with the pid it names one process of this boot.
// Nothing, and errno set, where there is no such process. Linux: /proc/PID/stat, field 22.
std::optional<uint64_t> start_time(pid_t pid);

// Whether the process behind the descriptor has.
bool has_ended(int process);

// Whether it runs no program any more: it has ended, or has begun to. The first process of a pid namespace
// ends only when all others in there were collected.
bool has_begun_to_end(int process, pid_t pid);

// Ends the first process of a jail (`process`) and all that is in its cgroup (as JailRecord has it); begins
// no process for it. False with errno set. Linux: cgroup.kill, which frozen ones obey, too.
bool kill_jail(std::string_view cgroup, int process);

// Through the descriptor; ESRCH where it has ended. False with errno set.
bool signal_process(int process, int signal);

} // namespace jailcore
