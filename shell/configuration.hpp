// The configuration, which this program never parses itself: jreader does, in a sandbox.
#pragma once

#include <string>
#include <vector>

namespace shell {

// The router and jreader have other ideas of the working directory. "" stays "".
std::string absolute(const std::string& path);

// The command that prints the configuration as JSON; `path` as given, "" for the user's own. Throws
// StepError.
std::vector<std::string> dump_arguments(const std::string& path);

} // namespace shell
