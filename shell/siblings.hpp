// The other programs of this installation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shell {

// The path of `program` ("sbin/jrouterd", "libexec/jconsole/jreader") in the installation that this process
// was executed from. Throws StepError.
std::string sibling(std::string_view program);

// This process's environment, as NAME=VALUE.
std::vector<std::string> current_environment();

} // namespace shell
