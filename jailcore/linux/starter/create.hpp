// Making a jail: a process in namespaces of its own, which prepares the inside and becomes jinit.
#pragma once

#include "jailcore/linux/starter/mounts.hpp"
#include "jailcore/plan/linux/plan.hpp"
#include "pty/fd.hpp"

#include <cstdint>
#include <linux/filter.h>
#include <string>
#include <sys/types.h>
#include <vector>

namespace jailcore {

struct Creation {
    const Plan& plan;
    Root root;               // also the working directory, whose copy the new mount namespace has
    int jinit = -1;          // the program
    int cgroup = -1;         // directory to be born in, or -1
    int namespace_root = -1; // directory that is the root of its cgroup namespace, or -1
    int members = -1;        // socket to jkeeper, or -1
    std::string others;      // the cgroup of all but jinit; "": none
    uint64_t bounding_set = 0;
    std::vector<sock_filter> filter;
    std::vector<MadeMount> made; // so far
};

struct CreatedJail {
    pid_t pid = -1;
    pty::UniqueFd pidfd;
    pty::UniqueFd channel; // to jinit (jailcore/contract/linux/jinit.hpp); closing it before the start is
                           // complete ends the jail
};

// Returns when jinit runs. The new process is a child of this process's parent. Throws StartFailure,
// StepError; the jail is gone then.
CreatedJail create_jail(const Creation& creation);

// Tells jinit that the start is complete. Throws StepError.
void complete_start(CreatedJail& jail, bool persist);

// ---- the inside (inside.cpp)

// In the new process: prepares the jail and executes jinit. `channel`: to the starter.
[[noreturn]] void become_jinit(const Creation& creation, int channel);

// What goes through the channel before jinit does: from the new process its failure (the text follows), from
// the starter that the user namespace has its maps.
inline constexpr char channel_failed = 'f';
inline constexpr char channel_mapped = 'm';

} // namespace jailcore
