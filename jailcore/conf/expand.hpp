// Variables of jail.conf(5): filled in per jail after merging, so that the order of definition does not
// matter and the last definition wins everywhere. Any parameter can be used as a variable.
#pragma once

#include "jailcore/conf/budget.hpp"
#include "jailcore/conf/config.hpp"
#include "jailcore/conf/merge.hpp"

namespace jailcore::conf {

// The jail as it is known to the user. A variable that cannot be filled in makes the jail fail and counts as
// empty. `bytes` is paid for what values become; where it is spent the result is worthless.
Jail expand(const MergedJail& merged, Budget& bytes);

} // namespace jailcore::conf
