// What a worker may still do once it has closed itself in: read, write, wait, receive descriptors, map rings.
// It opens no file, makes no socket and no process, signals nobody, and holds no capability.
#pragma once

#include <optional>
#include <sys/types.h>

namespace sandbox {

// Irrevocable, for this process. `uid`: the identity to become (also the gid), with no supplementary groups;
// nothing: stay who we are, as an ordinary user's router must. Throws pty::StepError.
void enter_worker_sandbox(std::optional<uid_t> uid);

} // namespace sandbox
