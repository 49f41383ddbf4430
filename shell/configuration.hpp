// The configuration, which this program never parses itself: jreader does, in a sandbox.
#pragma once

#include <string>
#include <vector>

namespace shell {

// For the router, which has another working directory. "" stays "", and `..` stays where it is: behind a
// symbolic link only the kernel knows where it leads.
std::string absolute(const std::string& path);

// The command that prints the configuration as JSON, to be run in this working directory; `path` as given,
// which is how its errors name the file, "" for the user's own. Throws StepError.
std::vector<std::string> dump_arguments(const std::string& path);

} // namespace shell
