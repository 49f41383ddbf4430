// A jail that is frozen can be neither asked to end nor, in version 1 of cgroups, killed.
#pragma once

#include "jailcore/linux/freezer.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace jailcore {

// Lets run what is in the jail: jinit, and what is in its cgroups (`members`, as in cgroup.hpp; "": none),
// those that the jail itself has made included. Returns what freezes it yet: a cgroup above it, which is not
// the jail's own.
std::optional<Freeze> thaw_jail(pid_t jinit, const std::string& members);

// What the user reads where that is so.
std::string still_frozen(const Freeze& freeze);
// And where a start, or a command of it, comes to nothing as long as it is.
std::string frozen_by(const Freeze& freeze);

} // namespace jailcore
