// What may stand where a jail is named on the command line. Pure.
#pragma once

#include <string_view>

namespace shell {

// What contract::is_jail_name() asks for, of all that may be named.
inline constexpr const char* name_rule =
    "names begin with a letter, a digit or _, and go on with these and + - and single dots";

// A jail's name in which at least one part, between dots, is `*`: jail(8)'s wildcards.
bool is_jail_pattern(std::string_view text);

// A user or a group inside a jail, by name or number; never one that a program could take for an option.
bool is_user_name(std::string_view text);

// NAME=VALUE, with a NAME as POSIX has it (Base Definitions, 8.1).
bool is_assignment(std::string_view text);

} // namespace shell
