// Who frees what strangers sent: it is nobody of its own, reads nothing of it, and does not outlive the
// router.
#pragma once

#include <optional>
#include <sys/types.h>

namespace sandbox {

// Irrevocable, for this process. `uid`: the identity to become (also the gid), with no supplementary groups;
// nothing: stay who we are, as an ordinary user's router must. Throws pty::StepError.
void enter_closer_sandbox(std::optional<uid_t> uid);

} // namespace sandbox
