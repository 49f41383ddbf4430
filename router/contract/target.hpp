// How jails are named, and what else a verb can be about: by users, configurations and clients alike. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace contract {

// First a letter or digit of ASCII or `_`, then these and `.`, `+`, `-`, at most 255 bytes; no part between
// dots, or behind the last, is empty.
bool is_jail_name(std::string_view text);

// That in words.
inline constexpr const char* jail_name_rule =
    "a name begins with a letter, a digit or _, and goes on with these and + - and single dots";

// The N of `pid:N`, which names the namespaces of that process; nothing where `text` is something else.
std::optional<pid_t> pid_target(std::string_view text);

enum class Source {
    ours,    // a jail that this router started
    process, // the namespaces of a process of the host
};

struct Target {
    Source source = Source::ours;
    std::string name; // web1; pid:4711

    // Nothing where it is neither a name that a jail can have nor pid:N.
    static std::optional<Target> from_text(std::string_view text);
};

} // namespace contract
