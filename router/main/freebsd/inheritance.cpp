#include "router/main/inheritance.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/signals.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/param.h>

#include <sys/cpuset.h>
#include <sys/procctl.h>
#include <sys/resource.h>
#include <sys/rtprio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace inheritance {
namespace {

struct Limit {
    int resource;
    const char* name;
    rlim_t soft;
};
// Those of a process of init(8); only root raises a hard one again.
constexpr std::array<Limit, 15> limits{{{RLIMIT_CPU, "processor time", RLIM_INFINITY},
                                        {RLIMIT_FSIZE, "the size of files", RLIM_INFINITY},
                                        {RLIMIT_DATA, "data segments", RLIM_INFINITY},
                                        {RLIMIT_STACK, "stacks", RLIM_INFINITY},
                                        {RLIMIT_CORE, "core files", 0},
                                        {RLIMIT_RSS, "resident memory", RLIM_INFINITY},
                                        {RLIMIT_NPROC, "processes", RLIM_INFINITY},
                                        {RLIMIT_NOFILE, "open files", RLIM_INFINITY},
                                        {RLIMIT_MEMLOCK, "locked memory", RLIM_INFINITY},
                                        {RLIMIT_AS, "address space", RLIM_INFINITY},
                                        {RLIMIT_SBSIZE, "socket buffers", RLIM_INFINITY},
                                        {RLIMIT_NPTS, "pseudo-terminals", RLIM_INFINITY},
                                        {RLIMIT_SWAP, "swap space", RLIM_INFINITY},
                                        {RLIMIT_KQUEUES, "kqueues", RLIM_INFINITY},
                                        {RLIMIT_UMTXP, "shared locks", RLIM_INFINITY}}};

void reset_limits() {
    for (const Limit& limit : limits) {
        const rlimit wanted{limit.soft, RLIM_INFINITY};
        if (::setrlimit(limit.resource, &wanted) == -1)
            throw Refusal(std::string("its hard limit of ") + limit.name + " cannot be raised (" +
                          std::strerror(errno) +
                          "), and every jail would have it: start it from a shell without it");
    }
}

void reset_scheduling() {
    pty::check(::setpriority(PRIO_PROCESS, 0, 0), "setpriority");
    struct rtprio normal = {RTP_PRIO_NORMAL, 0};
    pty::check(::rtprio(RTP_SET, 0, &normal), "rtprio");
    cpuset_t processors;
    CPU_ZERO(&processors);
    pty::check(::cpuset_getaffinity(CPU_LEVEL_ROOT, CPU_WHICH_PID, -1, sizeof processors, &processors),
               "cpuset_getaffinity");
    pty::check(::cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof processors, &processors),
               "cpuset_setaffinity");
    pty::check(::setfib(0), "setfib");
}

// What only ends with the process, and would reach every session.
void expect_privileges() {
    int status = 0;
    if (::procctl(P_PID, ::getpid(), PROC_NO_NEW_PRIVS_STATUS, &status) == 0 &&
        status == PROC_NO_NEW_PRIVS_ENABLE)
        throw Refusal(
            "its no_new_privs is set, and setuid programs would not work in any jail: start it from a "
            "shell without it");
}

void reset_identity() {
    const gid_t wheel = 0;
    pty::check(::setgroups(1, &wheel), "setgroups");
    pty::check(::setresgid(0, 0, 0), "setresgid");
    pty::check(::setresuid(0, 0, 0), "setresuid");
    pty::check(::setloginclass("daemon"), "setloginclass");
}

} // namespace

// Without root nothing of it can be given up, and nothing be entered.
std::vector<std::string> give_up(const Place& /*place*/) {
    ::alarm(0);
    pty::reset_signals();
    if (::geteuid() == 0) {
        expect_privileges();
        reset_limits();
        reset_scheduling();
        reset_identity();
    }
    ::umask(022);
    pty::check(kernel::chdir("/"), "chdir", "/");
    return {};
}

} // namespace inheritance
