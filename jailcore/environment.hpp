// The environment of a program in a jail, built from nothing. Pure.
#pragma once

#include "jailcore/passwd.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

inline constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// NAME=value with a portable NAME: [A-Za-z_][A-Za-z0-9_]*.
bool is_variable(std::string_view assignment);

// PATH, HOME, USER, LOGNAME, SHELL and LANG for `user`, then `extra`, of which the last of a name counts.
std::vector<std::string> clean_environment(const User& user, std::span<const std::string> extra);

// The value of `name`; "" where it is not set.
std::string_view value_of(std::span<const std::string> environment, std::string_view name);

// Sets NAME=value, in place of what is there.
void set_variable(std::vector<std::string>& environment, std::string_view assignment);

} // namespace jailcore
