// Who collects processes whose parents have ended.
#pragma once

namespace monitor {

// This process, not the host's first one, collects what its helpers leave behind. A pid namespace does not
// end before each process of it has been collected (kernel/pid_namespace.c, zap_pid_ns_processes), and what a
// starter began in a jail has its parent outside: where process 1 is slow, or a program in a container that
// collects nobody, the jail would not end. prctl(2) PR_SET_CHILD_SUBREAPER; FreeBSD: procctl(2)
// PROC_REAP_ACQUIRE. Not inherited by a fork.
void adopt_orphans();

} // namespace monitor
