// How often the memory that a jail may have was full.
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace jailcore {

// How many processes the kernel has killed for that in the jail that the process stands for; 0 as well where
// none limits its memory, and where it cannot be told.
uint64_t out_of_memory_kills(pid_t pid);

} // namespace jailcore
