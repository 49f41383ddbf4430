// How many processes and threads a jail may have, so that one that makes more and more does not fill the
// host's table of them: the pids controller of cgroups(7), of version 2 where we may use it, else of
// version 1. The limit is set on jconsole/NAME. In version 2 that lies above the root of the jail's cgroup
// namespace, so that the jail cannot lift it; version 1 is never mounted in a jail.
#pragma once

#include "jailcore/linux/starter/cgroup.hpp"
#include "pty/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>

namespace jailcore {

class PidsLimit {
public:
    // Sets it for what will be in `cgroup`, where it has one; or else makes a cgroup of version 1, which
    // jinit is to be moved to. Nothing where no controller can be used. Throws StartFailure where another
    // jail lives in that, or begins to.
    static std::optional<PidsLimit> set(const std::string& jail, const std::optional<Cgroup>& cgroup,
                                        int64_t most);

    // What jinit then begins, and what is attached to it, is counted. Throws StepError.
    void count(pid_t jinit);

private:
    explicit PidsLimit(pty::UniqueFd directory) : directory_(std::move(directory)) {}

    // Of version 1; locked (flock(2)), for it is empty until jinit is counted. None: jinit is counted by its
    // cgroup, or already.
    pty::UniqueFd directory_;
};

// Makes the controller available in the cgroups between the root of the hierarchy and `jail`, as far as we
// may.
void delegate_pids(const std::string& jail);

// What was made in version 1 for a jail that has ended; what another start has made since is left alone.
void remove_pids_limit(const std::string& jail);

} // namespace jailcore
