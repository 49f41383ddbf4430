// What other people use for a terminal in a jail, beside jconsole: rows of the table of systems.
#pragma once

#include "bench/harness_systems.hpp"

namespace bench {

std::vector<SystemRow> other_systems();

} // namespace bench
