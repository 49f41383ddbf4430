// What an idle session costs: memory, descriptors and wake-ups.
#pragma once

#include "bench/harness_measure.hpp"

namespace bench {

// Opens as many sessions as each entry of `idle_sessions` says, in turn, and fits a line through what the
// processes of the router then hold, of a system that is started; their wake-ups are counted over
// `idle_seconds` of the last.
void measure_idle(System& system, const Sizes& sizes, Figures& figures);

} // namespace bench
