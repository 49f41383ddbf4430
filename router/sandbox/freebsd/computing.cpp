#include "router/sandbox/computing.hpp"

#include "pty/error.hpp"
#include "router/sandbox/freebsd/limits.hpp"

#include <sys/capsicum.h>

namespace sandbox {

// In capability mode a socket, a pipe or a process could still be made: there is no room for them.
void enter_computing_sandbox(int channel) {
    refuse_tracing();
    cap_rights_t rights;
    cap_rights_init(&rights, CAP_READ, CAP_WRITE);
    pty::check(::cap_rights_limit(channel, &rights), "cap_rights_limit");
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, 0);
    enter_capability_mode();
}

} // namespace sandbox
