// What the numbers of a process are measured against.
#pragma once

#include "jailcore/listing/ps_columns.hpp"

namespace jailcore {

// As it is now.
PsMachine this_machine();

} // namespace jailcore
