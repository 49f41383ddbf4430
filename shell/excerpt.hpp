// Somebody else's words for a message about them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace shell {

// As much of the text as tells what it is: at most 200 bytes, which end with a character, and "...". Not
// escaped.
std::string shortened(std::string_view text);

// Of what was not expected: the first line that is not empty, shortened and in quotes.
std::string excerpt(std::string_view text);

} // namespace shell
