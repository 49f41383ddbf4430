// A connected socket to the router, which is started where that is wanted.
#pragma once

#include "pty/fd.hpp"
#include "shell/route/router_address.hpp"

#include <chrono>
#include <string>

namespace shell {

// Connects to a router that listens already. An empty result: nobody listens there (no socket, or a stale
// one). Throws FailureError for anything else, also for a router that has not accepted within `patience` (at
// least 1 ms), as one that is stopped.
pty::UniqueFd connect_listening(const RouterAddress& address,
                                std::chrono::milliseconds patience = std::chrono::seconds(10));

// Connects, and starts the router first where none listens and the address allows that: under a lock, so that
// of many clients one starts it. Throws FailureError.
pty::UniqueFd connect_router(const RouterAddress& address);

} // namespace shell
