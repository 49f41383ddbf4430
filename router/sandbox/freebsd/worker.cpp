#include "router/sandbox/worker.hpp"

#include "router/sandbox/freebsd/identity.hpp"
#include "router/sandbox/freebsd/limits.hpp"

namespace sandbox {

// What of its own it has, and what the monitor sends it, is limited where that is made: capability mode is
// what keeps it from anything else.
void enter_worker_sandbox(std::optional<uid_t> uid) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, rlim_t{4} << 20); // of the memfds it makes
    if (uid)
        become(*uid);
    refuse_tracing();
    limit(RLIMIT_NPROC, 0);
    enter_capability_mode();
}

} // namespace sandbox
