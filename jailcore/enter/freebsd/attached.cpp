#include "jailcore/enter/freebsd/attached.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/freebsd/target.hpp"
#include "jailcore/enter/reports.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sys/param.h>

#include <sys/jail.h>
#include <sys/procctl.h>
#include <unistd.h>

namespace jailcore {
namespace {

// procctl(2): from here to its execution nobody in the jail, root there included, can trace this process or
// its children; what they execute can be.
void refuse_tracing() {
    int wanted = PROC_TRACE_CTL_DISABLE;
    pty::check(::procctl(P_PID, ::getpid(), PROC_TRACE_CTL, &wanted), "procctl", "PROC_TRACE_CTL");
}

// The two words that are said between the process that enters and the one that stays outside.
enum Word : char { attached = 'a', go_on = 'g' };

void say(int way, Word word) {
    char byte = word;
    pty::write_all(way, {&byte, 1}, "jenter");
}

// False: the other has ended.
bool hear(int way, Word word) {
    char byte = 0;
    return pty::check(kernel::read(way, &byte, 1), "await", "jenter") == 1 && byte == word;
}

void attach(int jid) {
    if (::jail_attach(jid) == 0)
        return;
    if (errno == EINVAL)
        throw jail_has_ended(jail_name());
    throw pty::StepError(errno, "jail_attach", {});
}

} // namespace

std::optional<pid_t> run_attached(const EnterTarget& target, const std::function<int()>& inside) {
    refuse_tracing();
    pty::SocketPair way = pty::seqpacket_pair();
    pid_t child = pty::check(::fork(), "fork");
    if (child == 0) {
        way.ours.reset();
        ::_exit(reporting([&] {
            attach(target.jid);
            say(way.theirs.get(), attached);
            if (!hear(way.theirs.get(), go_on))
                return EXIT_FAILURE;
            way.theirs.reset();
            return inside();
        }));
    }
    way.theirs.reset();
    try {
        if (!hear(way.ours.get(), attached))
            return std::nullopt;
        expect_in_target(child, target);
    } catch (...) {
        ::kill(child, SIGKILL);
        throw;
    }
    say(way.ours.get(), go_on);
    return child;
}

} // namespace jailcore
