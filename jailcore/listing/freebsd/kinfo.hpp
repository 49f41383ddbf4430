// Processes as FreeBSD's kernel has them.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/listing/processes.hpp"

#include <string>
#include <sys/param.h>
#include <vector>

#include <sys/user.h>

namespace jailcore {

// All that this user may see, those that have ended and not been waited for too. Throws pty::StepError.
std::vector<kinfo_proc> kernel_processes();

bool has_ended(const kinfo_proc& process);

// Of a session on a terminal the leader waits for its program (jailcore/enter/freebsd/terminal.cpp), of one
// on pipes it is that. nullptr where that has ended.
const kinfo_proc* find_program(const std::vector<kinfo_proc>& processes, const SessionRecord& session);

// pts/0; "-": none; "?": one without a name.
std::string terminal_of(const kinfo_proc& process);

// All but its command.
Process process_in(const kinfo_proc& process);

// Its arguments with blanks between, or [name]. The kernel reads them in the process's own memory, which a
// jail can make wait.
std::string command_of(const kinfo_proc& process);

} // namespace jailcore
