// A question to a router whose answer is wanted at once or not at all: for completions.
#pragma once

#include "router/wire/control.hpp"
#include "shell/route/router_address.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace shell {

using Deadline = std::chrono::steady_clock::time_point;

// What is left until then, in milliseconds for poll(2); 0 where it has passed.
int milliseconds_left(Deadline deadline);

// What the session prints on its standard output, at most 4 MiB. Nothing where no router listens (none is
// started), where the session fails, or where its end has not come by the deadline. Throws nothing.
std::optional<std::string> query(const RouterAddress& address, const wire::Open& request, Deadline deadline);

} // namespace shell
