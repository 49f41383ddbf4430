#include "router/sandbox/reader.hpp"

#include "pty/error.hpp"
#include "router/sandbox/linux/filter.hpp"
#include "router/sandbox/linux/sanitizer_calls.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sandbox {
namespace {

constexpr std::array calls{SCMP_SYS(read),          SCMP_SYS(readv),
                           SCMP_SYS(pread64),       SCMP_SYS(write),
                           SCMP_SYS(writev),        SCMP_SYS(close),
                           SCMP_SYS(lseek),         SCMP_SYS(fstat),
                           SCMP_SYS(fstat64),       SCMP_SYS(stat),
                           SCMP_SYS(lstat),         SCMP_SYS(newfstatat),
                           SCMP_SYS(fstatat64),     SCMP_SYS(statx),
                           SCMP_SYS(getdents64),    SCMP_SYS(readlink),
                           SCMP_SYS(readlinkat),    SCMP_SYS(futex),
                           SCMP_SYS(getpid),        SCMP_SYS(gettid),
                           SCMP_SYS(geteuid),       SCMP_SYS(getuid),
                           SCMP_SYS(getegid),       SCMP_SYS(getgid),
                           SCMP_SYS(rt_sigaction),  SCMP_SYS(rt_sigprocmask),
                           SCMP_SYS(rt_sigreturn),  SCMP_SYS(restart_syscall),
                           SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
                           SCMP_SYS(gettimeofday),  SCMP_SYS(getrandom),
                           SCMP_SYS(fstatfs),       SCMP_SYS(fstatfs64),
                           SCMP_SYS(exit),          SCMP_SYS(exit_group)};

// alarm(3) is setitimer(2) where the kernel has no alarm(2).
constexpr std::array live_calls{SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(alarm), SCMP_SYS(setitimer)};

constexpr unsigned seconds = 60;
constexpr rlim_t memory = rlim_t{2} << 30; // bytes of address space
constexpr scmp_datum_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;

void limit(__rlimit_resource resource, rlim_t most) {
    rlimit limits{most, most};
    pty::check(::setrlimit(resource, &limits), "setrlimit");
}

void allow_reading(Filter& filter) {
    filter.allow_if(SCMP_SYS(open), {argument_has_none_of(1, writing)});
    filter.allow_if(SCMP_SYS(openat), {argument_has_none_of(2, writing)});
    filter.allow_if(SCMP_SYS(fcntl), {argument_is(1, F_GETFL)});
    filter.allow_if(SCMP_SYS(fcntl), {argument_is(1, F_GETFD)});
    filter.allow_if(SCMP_SYS(fcntl), {argument_is(1, F_GET_SEALS)});
    filter.allow_if(SCMP_SYS(ioctl), {argument_is(1, NS_GET_PARENT)});
}

} // namespace

void enter_reader_sandbox(Reading reading) {
    pty::check(::prctl(PR_SET_DUMPABLE, 0), "prctl");
    // Executed by descriptor, its name in ps(1) would be the descriptor's number.
    pty::check(::prctl(PR_SET_NAME, "jreader"), "prctl");
    limit(RLIMIT_CORE, 0);
    if (reading == Reading::once)
        limit(RLIMIT_CPU, seconds);
    // The sanitizers map terabytes.
    if (sanitizer_calls().empty())
        limit(RLIMIT_AS, memory);
    // A process in a jail can make the reading of its command line wait for ever (userfaultfd(2)); only a
    // signal that kills ends that.
    if (reading == Reading::once)
        ::alarm(seconds);
    Filter filter;
    filter.allow(calls);
    allow_reading(filter);
    filter.allow_memory();
    filter.allow_abort();
    if (reading == Reading::live)
        filter.allow(live_calls);
    filter.allow(sanitizer_calls());
    filter.load();
}

void begin_round() {
    ::alarm(seconds);
}

void end_round() {
    ::alarm(0);
}

} // namespace sandbox
