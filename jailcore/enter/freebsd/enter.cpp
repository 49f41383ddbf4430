#include "jailcore/contract/enter.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/contract/report.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/entered_program.hpp"
#include "jailcore/enter/freebsd/target.hpp"
#include "jailcore/enter/freebsd/terminal.hpp"
#include "jailcore/enter/freebsd/users.hpp"
#include "jailcore/enter/identity.hpp"
#include "jailcore/enter/pipes.hpp"
#include "jailcore/enter/reports.hpp"
#include "jailcore/enter/request.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"
#include "pty/signals.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/param.h>

#include <sys/jail.h>
#include <sys/procctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailcore {
namespace {

// The monitor has a deadline of its own; this one ends us where the monitor has gone.
constexpr unsigned deadline = 60; // seconds

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

// No directory may be open (jail_attach(2): EPERM), and none is.
void attach(int jid) {
    if (::jail_attach(jid) == 0)
        return;
    if (errno == EINVAL)
        throw jail_has_ended(jail_name());
    throw pty::StepError(errno, "jail_attach", {});
}

void take_identity(const User& user) {
    std::vector<gid_t> groups(user.groups.begin(), user.groups.end());
    // Before FreeBSD 15 the first of the groups is the effective one, which is set behind it.
    pty::check(::setgroups(static_cast<int>(groups.size()), groups.data()), "setgroups");
    pty::check(::setresgid(user.gid, user.gid, user.gid), "setresgid");
    pty::check(::setresuid(user.uid, user.uid, user.uid), "setresuid");
}

[[noreturn]] void become_program(const EnteredProgram& program) {
    ::closefrom(enter_report + 1);
    take_identity(program.user);
    ::umask(022);
    enter_directory(program);
    ::alarm(0);
    execute_entered(program);
}

void report_terminal(int master) {
    Report report;
    report.kind = ReportKind::terminal;
    int fds[] = {master};
    send_report(report, fds);
}

[[noreturn]] void run_on_terminal(const EnterRequest& request, const EnteredProgram& program) {
    Terminal terminal = open_terminal(program.user, request.size, request.program.modes);
    report_terminal(terminal.master.get());
    report_entered(::getpid());
    terminal.master.reset();
    for (int fd : {0, 1, 2})
        pty::check(::dup2(terminal.slave.get(), fd), "dup2");
    terminal.slave.reset();
    lead_session(program.user, [&] {
        ::_exit(reporting([&]() -> int {
            become_program(program);
        }));
    });
}

[[noreturn]] void run_on_pipes(const EnteredProgram& program) {
    give_pipes(program.user.uid, program.user.gid);
    report_entered(::getpid());
    pty::check(kernel::setsid(), "setsid");
    pty::check(::setlogin(program.user.name.c_str()), "setlogin", program.user.name);
    become_program(program);
}

// In the process that attaches itself. It goes on when it has been seen to be where it should.
int run_inside(const EnterRequest& request, int jid, int way) {
    attach(jid);
    say(way, attached);
    if (!hear(way, go_on))
        ::_exit(EXIT_FAILURE);
    ::close(way);
    User user = find_user_inside(request.program.user, request.program.group);
    EnteredProgram program{user,
                           environment_for(user, request.program.environment),
                           request.program.argv,
                           request.program.shell,
                           request.program.directory,
                           request.mode == EnterMode::tty};
    if (program.terminal)
        run_on_terminal(request, program);
    run_on_pipes(program);
}

// The other process becomes the monitor's child when this one has ended: the monitor adopts orphans.
int run_program(const EnterRequest& request) {
    EnterTarget target = read_target();
    pty::SocketPair way = pty::seqpacket_pair();
    pid_t child = pty::check(::fork(), "fork");
    if (child == 0) {
        way.ours.reset();
        ::_exit(reporting([&] {
            return run_inside(request, target.jid, way.theirs.get());
        }));
    }
    way.theirs.reset();
    try {
        if (!hear(way.ours.get(), attached))
            return EXIT_FAILURE; // it has said why
        expect_in_target(child, target);
    } catch (...) {
        ::kill(child, SIGKILL);
        throw;
    }
    say(way.ours.get(), go_on);
    return 0;
}

} // namespace

int enter_main(int argc, char** argv) {
    ::fcntl(enter_report, F_SETFD, FD_CLOEXEC);
    pty::reset_signals();
    return reporting([&] {
        auto words = words_or_order(argc, argv);
        if (!words)
            return 0;
        ::alarm(deadline);
        ::closefrom(enter_spec + 1);
        refuse_tracing();
        return run_program(read_request(*words));
    });
}

} // namespace jailcore
