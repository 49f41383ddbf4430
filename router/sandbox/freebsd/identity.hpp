#pragma once

#include <sys/types.h>

namespace sandbox {

// uid and gid, all three of each, and no supplementary groups. Throws pty::StepError.
void become(uid_t uid);

} // namespace sandbox
