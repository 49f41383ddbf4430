// What the client said of its failure, among what else is written to its standard error: a banner, ssh, a
// shell on the way. Pure.
#pragma once

#include <string>
#include <string_view>

namespace top {

// Its last line, behind the one above where it points to that, or else the last of anybody's that is not
// empty; without control characters.
std::string complaint_of(std::string_view errors);

// Whether it is that there is no configuration where nobody has named one, which is no trouble.
bool misses_default_configuration(std::string_view complaint);

} // namespace top
