// The capabilities (capabilities(7)) that programs in a jail may ever hold.
#pragma once

#include <cstdint>

namespace jailcore {

// `permissions`: Permissions of jailcore/plan/linux/plan.hpp. Never MKNOD, SYS_ADMIN or SYS_PTRACE. Bit =
// capability's number.
uint64_t bounding_set(uint32_t permissions);

// Takes every other capability from this process's bounding set for good. Throws StepError.
void limit_capabilities(uint64_t bounding_set);

} // namespace jailcore
