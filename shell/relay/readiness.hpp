// Waiting for a descriptor without touching its open file description.
#pragma once

#include "pty/fd.hpp"

#include <asio/posix/stream_descriptor.hpp>

namespace shell {

enum class Direction { read, write };

// A descriptor of its own that polls readable whenever `fd` is ready in that direction: what Asio waits on is
// set to O_NONBLOCK, and a description that is shared with other programs must stay as it was found.
// Throws StepError; EPERM for what is always ready, such as a regular file.
pty::UniqueFd readiness_of(int fd, Direction direction);

// Has `waiter` own such a descriptor.
void assign_readiness(asio::posix::stream_descriptor& waiter, pty::UniqueFd readiness);

// Whether it is so still: what it was ready for may have been done meanwhile, by us or by somebody else.
bool is_still_ready(int readiness);

} // namespace shell
