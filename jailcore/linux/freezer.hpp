// Cgroups that are frozen: what is in them runs no more, and does not act on signals either, but for SIGKILL
// in version 2. cgroups(7), Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace jailcore {

struct Freeze {
    std::string cgroup; // the directory that is frozen, be it one above that which was asked about
    std::string thaw;   // the command that ends it
};

// Whether what is in the cgroup's directory, or joins it, is frozen. Nothing where it is not, or where that
// cannot be told.
std::optional<Freeze> find_freeze(const std::string& directory);
// Whether the process is, in whatever hierarchy. As above.
std::optional<Freeze> find_freeze(pid_t pid);

} // namespace jailcore
