#include "router/monitor/jails.hpp"

namespace monitor {

// To this kernel there are no jails: all that there are began with a report of a starter.
void Jails::refresh() {}

} // namespace monitor
