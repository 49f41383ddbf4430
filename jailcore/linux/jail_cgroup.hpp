// Which jail of ours a process is in, by its cgroups: jailcore/linux/starter/cgroup.hpp makes them, as
// .../jconsole/NAME and below.
#pragma once

#include <string>
#include <string_view>

namespace jailcore {

// Of two processes' /proc/PID/cgroup (cgroups(7)): the first cgroup of a jail that the one of `theirs` is in
// and the one of `ours` is not, whatever the hierarchy; "" where there is none. Pure.
std::string foreign_jail(std::string_view theirs, std::string_view ours);

} // namespace jailcore
