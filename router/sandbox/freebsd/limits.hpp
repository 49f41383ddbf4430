// What a process gives up on the way into capability mode.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

namespace sandbox {

// Throw pty::StepError.
void limit(int resource, rlim_t most);
// No process of the same user may trace it, and it leaves no core (procctl(2), PROC_TRACE_CTL_DISABLE_EXEC).
void refuse_tracing();
// From here on nothing is named by a path or a number that others share (capsicum(4)).
void enter_capability_mode();

} // namespace sandbox
