// The pipes that the router gives to a program.
#pragma once

#include <cstdint>

namespace jailcore {

// Whether it is an anonymous pipe: what else a descriptor may lead to can be a file of the host.
bool is_pipe(int fd);

// Where the system opens a file anew by /dev/stdin and its like, makes those among 0, 1 and 2 that are pipes
// the user's, so that he can. Nothing else is touched. Throws pty::StepError.
void give_pipes(uint32_t uid, uint32_t gid);

} // namespace jailcore
