// What somebody said who was not expected to speak, for a message about it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace shell {

// The first line that is not empty, in quotes, or as much of it as tells where it comes from. Not escaped.
std::string excerpt(std::string_view text);

} // namespace shell
