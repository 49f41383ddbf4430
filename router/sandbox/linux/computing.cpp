#include "router/sandbox/computing.hpp"

#include "pty/error.hpp"
#include "router/sandbox/linux/filter.hpp"
#include "router/sandbox/linux/sanitizer_calls.hpp"

#include <array>
#include <sys/prctl.h>

namespace sandbox {
namespace {

constexpr std::array calls{
    SCMP_SYS(futex),           SCMP_SYS(getrandom), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall), SCMP_SYS(getpid),    SCMP_SYS(gettid),         SCMP_SYS(exit),
    SCMP_SYS(exit_group)};

} // namespace

void enter_computing_sandbox(int channel) {
    // A process of the same user could otherwise lend it what it has (ptrace(2)), and it is a copy of one
    // that may have more in its memory than its work.
    pty::check(::prctl(PR_SET_DUMPABLE, 0), "prctl");
    Filter filter;
    filter.allow(calls);
    filter.allow(sanitizer_calls());
    for (int call : {SCMP_SYS(read), SCMP_SYS(write)})
        filter.allow_if(call, {argument_is(0, static_cast<scmp_datum_t>(channel))});
    filter.allow_memory();
    filter.allow_abort();
    filter.load();
}

} // namespace sandbox
