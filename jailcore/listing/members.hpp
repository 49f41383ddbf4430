// Which processes are in which jail, and what they are.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/listing/processes.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jailcore {

// The processes of the jails, in order of jid and pid. Runs nothing of a jail, follows none of its paths.
// Processes that end meanwhile are left out. `jails` must outlive the result. Throws StepError.
std::vector<JailProcess> jail_processes(std::span<const JailRecord> jails);

// Why this user may not see all of them: the settings of the host that hide them; "" where none does.
std::string hidden_by();

// What runs in a session: its leader, or what that waits for. Nothing where it is gone, or has become a
// zombie's remains.
std::optional<Process> program_of(const SessionRecord& session);

} // namespace jailcore
