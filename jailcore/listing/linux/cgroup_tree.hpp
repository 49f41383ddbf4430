// The processes of a cgroup. cgroups(7), version 2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jailcore {

// The pids in a cgroup's directory and in those below it: a jail may divide its own further. Bounded, since a
// jail may divide it without end. Empty where there is no such directory.
std::vector<int32_t> pids_of_cgroup(const std::string& directory);

} // namespace jailcore
