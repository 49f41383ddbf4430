// Who is at the two ends of a connection to a router.
#pragma once

#include <chrono>
#include <sys/types.h>

namespace shell {

// The user who listened where `socket` connected, at the time that he began to. Throws StepError.
uid_t listener_of(int socket);

// Proves to the router that this process is the one that connected, where the kernel does not tell it.
// Where the kernel tells peers by number only (FreeBSD, and before Linux 6.5), waits for the router's demand
// on the connected `socket`, and answers it (docs/protocol.md, "Before the first frame"). What else the
// router has to say, or its silence for longer than `patience`, is left to whoever reads from the socket.
void prove_identity(int socket, std::chrono::milliseconds patience);

} // namespace shell
