#include "jailcore/linux/kernel.hpp"
#include "router/main/linux/inherited.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <sched.h>
#include <sys/resource.h>

namespace inheritance {

// A user may have lowered what only root raises again; then sessions are slower, and nothing else.
void reset_scheduling(Notes& notes) {
    auto note = [&](const char* what) {
        notes.push_back(std::string("its ") + what +
                        " is that of who started it, and so is that of jails: " + std::strerror(errno));
    };
    if (kernel::sched_reset() == -1)
        note("scheduling policy");
    if (kernel::setpriority(PRIO_PROCESS, 0, 0) == -1)
        note("nice value");
    if (kernel::io_priority_reset() == -1)
        note("I/O priority");
    if (kernel::affinity_reset() == -1)
        note("set of processors");
    if (kernel::memory_policy_reset() == -1 && errno != ENOSYS)
        note("memory policy");
}

} // namespace inheritance
