// Who writes to a socket, by the kernel.
#pragma once

#include <optional>
#include <sys/types.h>

namespace monitor {

// From now on the kernel tells it of each message that comes to this AF_UNIX socket. Throws pty::StepError.
void ask_for_writers(int socket);

// Who wrote the message that is next, which stays where it is, with the descriptors that may have come with
// it (router/monitor/disposal.hpp).
std::optional<pid_t> writer_of(int socket);

} // namespace monitor
