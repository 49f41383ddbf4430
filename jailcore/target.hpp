// A process that stands for a jail, held so that another which got its number later is never taken for it.
#pragma once

#include "pty/fd.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace jailcore {

// A descriptor of the process, which can be handed to other processes. Readable once it has ended. Throws
// pty::StepError: ESRCH where there is none.
pty::UniqueFd open_process(pid_t pid);

// When the process started, in the kernel's own count; with the pid it names one process of this boot.
// Nothing, and errno set, where there is no such process.
std::optional<uint64_t> start_time(pid_t pid);

// Whether the process behind the descriptor has.
bool has_ended(int process);

// Whether it runs no program any more: it has ended, or has begun to, which for the first process of a jail
// may last until all others in there were collected.
bool has_begun_to_end(int process, pid_t pid);

// Ends the first process of a jail (`process`) and all others in it, frozen ones, too (`cgroup`: as
// JailRecord has it); begins no process for that. False with errno set.
bool kill_jail(std::string_view cgroup, int process);

// Has the first process of a jail of ours look whether anything is left there, beside it.
void look_for_end(int process);

// Through the descriptor; ESRCH where it has ended. False with errno set.
bool signal_process(int process, int signal);

} // namespace jailcore
