#include "router/monitor/orphans.hpp"

#include "pty/error.hpp"

#include <sys/prctl.h>

namespace monitor {

// A pid namespace does not end before each process of it has been collected (kernel/pid_namespace.c,
// zap_pid_ns_processes), and what a starter began in a jail has its parent outside.
void adopt_orphans() {
    pty::check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl", "child subreaper");
}

} // namespace monitor
