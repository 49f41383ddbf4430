// A cgroup with those below it, and their processes. cgroups(7), version 2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jailcore {

// A cgroup's directory and those below it: a jail may divide its own further. Bounded, since a jail may
// divide it without end.
std::vector<std::string> tree_of_cgroup(const std::string& directory);

// The pids in them. Empty where there is no such directory.
std::vector<int32_t> pids_of_cgroup(const std::string& directory);

} // namespace jailcore
