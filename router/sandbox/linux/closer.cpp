#include "router/sandbox/closer.hpp"

#include "pty/error.hpp"
#include "router/sandbox/linux/identity.hpp"

#include <csignal>
#include <sys/prctl.h>

namespace sandbox {

void enter_closer_sandbox(std::optional<uid_t> uid) {
    // Executed by descriptor, its name in ps(1) would be the descriptor's number.
    pty::check(::prctl(PR_SET_NAME, "jcloser", 0, 0, 0), "prctl", "name");
    if (uid)
        become(*uid);
    // After the change of identity, which resets both (prctl(2)).
    pty::check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl", "dumpable");
    // It may be waiting in close(2) when a router is killed, and does not see its link end.
    pty::check(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "prctl", "death signal");
}

} // namespace sandbox
