#include "jailcore/freebsd/process.hpp"

#include "pty/error.hpp"

#include <string>
#include <sys/param.h>
#include <sys/sysctl.h>
#include <sys/user.h>

namespace jailcore {

// sysctl(3), KERN_PROC_PID.
ProcessFacts process_facts(pid_t pid) {
    const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
    kinfo_proc found{};
    size_t size = sizeof found;
    pty::check(::sysctl(name, sizeof name / sizeof *name, &found, &size, nullptr, 0), "sysctl",
               "kern.proc.pid." + std::to_string(pid));
    if (size != sizeof found || found.ki_structsize != sizeof found)
        throw pty::StepError(size == 0 ? ESRCH : EPROTO, "sysctl", "kern.proc.pid." + std::to_string(pid));
    constexpr uint64_t million = 1'000'000;
    uint64_t start = static_cast<uint64_t>(found.ki_start.tv_sec) * million +
                     static_cast<uint64_t>(found.ki_start.tv_usec);
    return {found.ki_jid, start, found.ki_comm};
}

} // namespace jailcore
