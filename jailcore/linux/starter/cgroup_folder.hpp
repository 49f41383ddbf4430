// The directory of a cgroup of version 2 whose processes end together. cgroups(7). Descriptors are borrowed.
#pragma once

#include <string>
#include <string_view>

namespace jailcore {

// Whether `path` still is what was opened as `directory`.
bool is_still(int directory, const std::string& path);

// Whether anybody is in it, or below it.
bool is_populated(int directory);

// What cannot be written is seen from what is read afterwards. `directory`: or AT_FDCWD.
void write_file(int directory, const char* name, std::string_view value);

// Kills all in it (cgroup.kill, Linux 5.14), and waits for their end. False where it takes longer than five
// seconds.
bool kill_populated(int directory);

} // namespace jailcore
