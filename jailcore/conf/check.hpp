// Whether the values of a jail are of their parameters' types. What is wrong is added to the jail's errors in
// the words of jail(8), or of libjail for what it would have handed to the kernel.
#pragma once

#include "jailcore/conf/config.hpp"

#include <vector>

namespace jailcore::conf {

// The booleans and numbers that jail(8) itself looks at, before it does anything at all.
void check_own_values(Jail& jail);

// What jail(8) and the kernel find only when a jail is to be started: parameters that nobody knows, values of
// the kernel's parameters, addresses, paths.
void check_start_values(Jail& jail);

// `depend`: jails that are not there, and loops. A parent that is configured is depended upon without being
// named.
void check_dependencies(std::vector<Jail>& jails);

} // namespace jailcore::conf
