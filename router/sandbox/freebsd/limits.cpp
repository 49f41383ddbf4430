#include "router/sandbox/freebsd/limits.hpp"

#include "pty/error.hpp"

#include <sys/capsicum.h>
#include <sys/procctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sandbox {

void limit(int resource, rlim_t most) {
    rlimit limits{most, most};
    pty::check(::setrlimit(resource, &limits), "setrlimit");
}

void refuse_tracing() {
    int wanted = PROC_TRACE_CTL_DISABLE_EXEC;
    pty::check(::procctl(P_PID, ::getpid(), PROC_TRACE_CTL, &wanted), "procctl", "PROC_TRACE_CTL");
}

void enter_capability_mode() {
    pty::check(::cap_enter(), "cap_enter");
}

} // namespace sandbox
