#include "router/sandbox/closer.hpp"

#include "pty/error.hpp"
#include "router/sandbox/freebsd/identity.hpp"
#include "router/sandbox/freebsd/limits.hpp"

#include <csignal>
#include <sys/procctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sandbox {

void enter_closer_sandbox(std::optional<uid_t> uid) {
    if (uid)
        become(*uid);
    refuse_tracing();
    // It may be waiting in close(2) when a router is killed, and does not see its link end.
    int at_parents_end = SIGKILL;
    pty::check(::procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &at_parents_end), "procctl", "PROC_PDEATHSIG_CTL");
    limit(RLIMIT_NPROC, 0);
    enter_capability_mode();
}

} // namespace sandbox
