// What jail(8) is given of a jail, on its standard input (`jail -f -`): the configuration as our parser has
// understood it, in the oldest form of jail.conf(5) that there is. A release that knows no `.include` and no
// block in a block starts the jail all the same. Pure.
#pragma once

#include "jailcore/plan/jail_configuration.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

// What the kernel calls the jail.
std::string kernel_name(const JailConfiguration& jail);

// Its parameters but those that are ours, `depend`, for the router orders what is started, and what the name
// of its block says. The lines of its `mount.fstab` files are some of `mount`, behind its own: jail(8) mounts
// them in that order, and unmounts them in the other.
Parameters jail8_parameters(const JailConfiguration& jail);

// Puts it in the place of the one of that slot, or behind all others.
void set_parameter(Parameters& parameters, Parameter parameter);
void drop_parameters(Parameters& parameters, std::initializer_list<std::string_view> names);

// The block of one jail. What is behind a NUL in a value is lost, as it is to jail(8).
std::string jail_block(std::string_view name, const Parameters& parameters);

struct MountPoint {
    std::string path; // absolute, as it is configured
    std::string type;
    bool operator==(const MountPoint&) const = default;
};

// What jail(8) mounts for it, in that order.
std::vector<MountPoint> mount_points(const JailConfiguration& jail);

} // namespace jailcore
