// The parts of the man page that the tables of verbs and options say better than a hand would. Pure.
#pragma once

#include <string>
#include <string_view>

namespace shell {

// The page in mdoc(7), from one that has lines @SYNOPSIS@, @VERBS@ and @OPTIONS@ in their places.
std::string manual(std::string_view page);

} // namespace shell
