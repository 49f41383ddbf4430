#include "router/monitor/orphans.hpp"

#include "pty/error.hpp"

#include <sys/prctl.h>

namespace monitor {

void adopt_orphans() {
    pty::check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl", "child subreaper");
}

} // namespace monitor
