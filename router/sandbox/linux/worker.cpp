#include "router/sandbox/worker.hpp"

#include "pty/error.hpp"
#include "router/sandbox/linux/filter.hpp"
#include "router/sandbox/linux/identity.hpp"
#include "router/sandbox/linux/sanitizer_calls.hpp"

#include <array>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sandbox {
namespace {

constexpr std::array calls{
    // descriptors it has, and those the monitor sends
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(close),
    SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek),
    SCMP_SYS(ftruncate), SCMP_SYS(memfd_create),
    // waiting
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(timerfd_settime),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(poll), SCMP_SYS(ppoll),
    // the end
    SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(exit), SCMP_SYS(exit_group)};

constexpr std::array descriptor_commands{F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_GET_SEALS, F_ADD_SEALS};

// On a pty master; nothing that pushes bytes into a terminal (TIOCSTI) or changes a line discipline. The peer
// of a master is no more than whoever has the master can do to it.
constexpr std::array<unsigned long, 7> terminal_requests{TCGETS,  TIOCSWINSZ, TIOCGWINSZ, TIOCSIG,
                                                         FIONBIO, TIOCGPGRP,  TIOCGPTPEER};

void limit(__rlimit_resource resource, rlim_t most) {
    rlimit limits{most, most};
    pty::check(::setrlimit(resource, &limits), "setrlimit");
}

void load_filter() {
    Filter filter;
    filter.allow(calls);
    filter.allow(sanitizer_calls());
    filter.allow_memory();
    for (int command : descriptor_commands)
        filter.allow_if(SCMP_SYS(fcntl), {argument_is(1, static_cast<scmp_datum_t>(command))});
    for (unsigned long request : terminal_requests)
        filter.allow_if(SCMP_SYS(ioctl), {argument_is(1, request)});
    filter.load();
}

} // namespace

void enter_worker_sandbox(std::optional<uid_t> uid) {
    // Executed by descriptor, its name in ps(1) would be the descriptor's number.
    pty::check(::prctl(PR_SET_NAME, "jworker", 0, 0, 0), "prctl", "name");
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, rlim_t{4} << 20); // of the memfds it makes
    if (uid)
        become(*uid);
    // After the change of identity, which resets it (prctl(2)): nobody of the same uid may trace it or take
    // its fds.
    pty::check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl", "dumpable");
    limit(RLIMIT_NPROC, 0);
    load_filter();
}

} // namespace sandbox
