// The cgroups of a jail: the limits that they set hold for what is executed in it, and their end ends that.
#pragma once

#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/enter/linux/target.hpp"
#include "jailcore/linux/freezer.hpp"
#include "pty/fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace jailcore {

// The cgroups of a jail that this process is not in, with the directories where it could join them.
struct JailCgroups {
    std::string own; // of a jail of ours: where it is told by; "": none
    std::vector<std::string> others;
    std::vector<std::string> freezers; // which of them can freeze
};

JailCgroups cgroups_of(const Target& target, const EnterSpec* spec);

// What freezes whoever joins them; nothing where that cannot be told.
std::optional<Freeze> find_freeze(const JailCgroups& cgroups);

EnterFailure is_frozen(const Freeze& freeze);

// Files to join them by, as far as we may: without privilege, or where a hierarchy is not ours to change, a
// program stays where the router is. The first of them must be joined where `own_first`.
struct CgroupFiles {
    std::vector<pty::UniqueFd> files;
    bool own_first = false;
};
// Throws StepError where `own` cannot be had and should.
CgroupFiles open_cgroups(const JailCgroups& cgroups);

// Moves a process. Once the jail has no process left that it may have, only this brings it another: the limit
// holds for a fork, not for who comes from outside (kernel/cgroup/pids.c). False with errno set.
bool move_into_cgroup(int file, pid_t pid);

} // namespace jailcore
