// Who collects processes whose parents have ended.
#pragma once

namespace monitor {

// This process, not the host's first one, collects what its helpers leave behind: where process 1 is slow, or
// a program in a container that collects nobody, a jail would not end. Not inherited by a fork. Throws
// pty::StepError.
void adopt_orphans();

} // namespace monitor
