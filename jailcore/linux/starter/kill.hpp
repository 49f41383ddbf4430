// The end of a jail as jkill(8) of the jailutils brings it about: without its configuration.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/starter/kill_options.hpp"
#include "jailcore/starter/output.hpp"

namespace jailcore {

// Runs its script, ends its processes, and removes it, persistent or not. Returns whether it is gone; one
// whose processes would not end is as it was.
bool kill_jail(const JailRecord& jail, const KillOptions& options, const Output& output);

} // namespace jailcore
