// Whether this system can start a jail as it is configured. Pure.
#pragma once

#include "jailcore/plan/jail_configuration.hpp"

#include <string>
#include <vector>

namespace jailcore {

// Everything that is wrong with it, in jail(8)'s words and without the jail's name. `root`: whether the
// starter is the superuser.
std::vector<std::string> start_errors(const JailConfiguration& jail, bool root);

} // namespace jailcore
