// The end of a jail.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace jailcore {

// Kills jinit (`pid`, `pidfd`), everybody in its pid namespace and in its cgroup, and waits until all of the
// namespace are dead, which what is frozen is thawed for. `members`: its cgroup, as in cgroup.hpp; "": none.
// Throws StartFailure where they do not end, which says why.
void remove_jail(pid_t pid, int pidfd, const std::string& members);

// Waits at most `milliseconds` for its end; collects this process's own dead children meanwhile, without
// which a pid namespace that they lived in does not end. Returns whether it ended.
bool await_end(int pidfd, int64_t milliseconds);

} // namespace jailcore
