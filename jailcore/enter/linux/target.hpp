// The process whose jail is entered: which namespaces it has, and stepping into them.
#pragma once

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/enter/linux/id_map.hpp"
#include "jailcore/linux/mountinfo.hpp"
#include "jailcore/linux/pidfd.hpp"
#include "pty/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jailcore {

struct Target {
    int pidfd = -1; // borrowed
    std::string pid;
    pty::UniqueFd proc;        // /proc/PID of the target, in the host's proc
    pty::UniqueFd self;        // /proc/self of the host's proc: the jail's /proc may be anything
    pty::UniqueFd root;        // the target's root directory
    std::vector<Mount> mounts; // of the host, as this process has them
    int namespaces = 0;        // CLONE_NEW* of those that differ from ours
    bool host_root = false;    // its root directory is the host's, so that it sees the host's own /dev
    bool change_root = false;  // it is not the same mount of the same directory as ours
    IdMap uids;                // of its user namespace; the identity where that is ours
    IdMap gids;
    bool setgroups_denied = false; // user_namespaces(7): no process in it may change its groups
    uint64_t bounding_set = 0;     // of the jail, or of the target where the jail is not ours
    bool no_new_privs = false;
};

// Why nothing can be done in the jail where its process has.
EnterFailure target_has_ended();

// Opens all that must be opened from outside, and makes sure that it belongs to the process behind `pidfd`,
// whose pid may have gone to another process in between. Throws EnterFailure, StepError.
Target open_target(int pidfd, const EnterSpec* spec);

// Whether this process can become the users in there: where the target is in our own user namespace that
// needs privilege. Throws EnterFailure where it cannot.
void expect_power_over(const Target& target);

struct Owner {
    uint32_t uid = 0;
    uint32_t gid = 0;
};
// The ids that the superuser of the target's user namespace has outside of it. Inside a foreign one only what
// is theirs can be given away. Nothing where there is no need, or no privilege.
std::optional<Owner> outside_superuser(const Target& target);

// Steps into its namespaces and root directory, as the superuser there. What is left to be done is a fork,
// which a pid namespace takes effect for.
void join_namespaces(const Target& target);

} // namespace jailcore
