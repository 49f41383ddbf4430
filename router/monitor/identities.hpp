// The ids of what root's router starts to be nobody: a range that no distribution hands out, above systemd's
// container range, below 2^31.
#pragma once

#include <sys/types.h>

namespace monitor {

inline constexpr uid_t first_worker_uid = 0x70000000; // one for each principal
inline constexpr uid_t worker_uids = 0x08000000;
inline constexpr uid_t closer_uid = first_worker_uid + worker_uids;

} // namespace monitor
