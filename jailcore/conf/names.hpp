// How jail.conf(5) reads the names of blocks.
#pragma once

#include <string>
#include <string_view>

namespace jailcore::conf {

// Whether some component of a block's name is exactly `*`.
bool is_wildcard(std::string_view block);

// Whether a wildcard block applies to a jail: a `*` that is not the last component stands for one component,
// a last `*` for one or more.
bool wildcard_matches(std::string_view wildcard, std::string_view jail);

// Whether a block's name is a jail id: a whole number other than 0, as strtol(3) reads it.
bool is_jid(const std::string& block);

} // namespace jailcore::conf
