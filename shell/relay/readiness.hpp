// Waiting for a descriptor without touching its open file description.
#pragma once

#include "pty/fd.hpp"

namespace shell {

enum class Direction { read, write };

// A descriptor of its own that polls readable whenever `fd` is ready in that direction: what Asio waits on is
// set to O_NONBLOCK, and a description that is shared with other programs must stay as it was found.
// Throws StepError; EPERM for what is always ready, such as a regular file.
pty::UniqueFd readiness_of(int fd, Direction direction);

} // namespace shell
