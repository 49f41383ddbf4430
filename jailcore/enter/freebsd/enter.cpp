#include "jailcore/contract/enter.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/contract/report.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/entered_program.hpp"
#include "jailcore/enter/freebsd/attached.hpp"
#include "jailcore/enter/freebsd/check.hpp"
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
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace jailcore {
namespace {

// The monitor has a deadline of its own; this one ends us where the monitor has gone.
constexpr unsigned deadline = 60; // seconds

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

// In the process that has attached itself.
int run_inside(const EnterRequest& request) {
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

// It becomes the monitor's child when this process has ended: the monitor adopts orphans.
int run_program(const EnterRequest& request) {
    auto child = run_attached(read_target(), [&] {
        return run_inside(request);
    });
    return child ? 0 : EXIT_FAILURE;
}

// From outside: what was to enter did not come to its end.
int look_why_not() {
    jail_of(read_target());
    throw EnterFailure("enter",
                       "it does not answer: a file system in it hangs, or what was to enter it is held up",
                       "'mount -p' on the host lists what is mounted in it");
}

int carry_out(const EnterRequest& request) {
    switch (request.mode) {
    case EnterMode::check:
        return check_jail(request);
    case EnterMode::look:
        return look_why_not();
    case EnterMode::tty:
    case EnterMode::pipe:
        break;
    }
    return run_program(request);
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
        return carry_out(read_request(*words));
    });
}

} // namespace jailcore
