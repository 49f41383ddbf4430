// The names of jails and of targets. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <sys/types.h>

namespace jailcore {

inline constexpr size_t max_name = 255; // bytes

// First character alphanumeric or `_`, then `[A-Za-z0-9_.+-]`; no part between dots, or behind the last, is
// empty.
bool valid_jail_name(std::string_view name);

// The N of `pid:N`, which names the namespaces of that process; nothing where `name` is something else.
std::optional<pid_t> pid_target(std::string_view name);

} // namespace jailcore
