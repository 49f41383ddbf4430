// The command line, parsed and judged against the table of verbs (shell/syntax/verbs.hpp). Pure.
#pragma once

#include "shell/syntax/options.hpp"

#include <string>
#include <vector>

namespace shell {

// Parses what follows the program's name. Throws FailureError for whatever cannot be understood.
Options parse_options(const std::vector<std::string>& arguments);

} // namespace shell
