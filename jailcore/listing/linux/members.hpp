// Which processes are in which jail.
#pragma once

#include "jailcore/listing/processes.hpp"
#include "jailcore/record.hpp"

#include <span>
#include <vector>

namespace jailcore {

// The processes of the jails, in order of jid and pid. A process is in the jail whose pid namespace it is in,
// or that namespace is below; of a jail that shares the host's, what is in its cgroup; where it has no cgroup
// either, its first process and that one's descendants. Runs nothing of a jail, follows none of its paths.
// Processes that end meanwhile are left out. `jails` must outlive the result. Throws StepError.
std::vector<JailProcess> jail_processes(std::span<const JailRecord> jails);

} // namespace jailcore
