#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/starter/hooks.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"
#include "pty/signals.hpp"
#include "pty/spawn.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailcore {
namespace {

struct Problem {
    int error = 0;
    char step[32]{};
    char subject[256]{};
};

void become(const HostUser& user) {
    pty::check(kernel::setgroups(user.groups.size(), user.groups.data()), "setgroups", user.name);
    pty::check(kernel::setresgid(user.gid, user.gid, user.gid), "setgid", user.name);
    pty::check(kernel::setresuid(user.uid, user.uid, user.uid), "setuid", user.name);
}

// execvp(3) searches this process's PATH, which must be the command's.
void execute(const HostCommand& what) {
    std::vector<char*> environment = pty::exec_pointers(what.environment);
    std::vector<char*> argv = pty::exec_pointers(what.command.argv);
    environ = environment.data();
    ::execvp(argv[0], argv.data());
    throw pty::StepError(errno, "exec", what.command.argv[0]);
}

[[noreturn]] void run_child(const HostCommand& what, int problems) {
    try {
        pty::reset_signals();
        if (what.door >= 0 && kernel::write(what.door, "0", 1) == -1 && ::geteuid() == 0)
            throw pty::StepError(errno, "join", "the cgroup of hooks");
        if (what.command.background)
            pty::check(kernel::setsid(), "setsid");
        if (what.user != nullptr)
            become(*what.user);
        if (what.user != nullptr && what.go_home)
            pty::check(kernel::chdir(what.user->home.c_str()), "chdir", what.user->home);
        pty::check(kernel::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
        execute(what);
    } catch (const pty::StepError& error) {
        Problem problem{error.error(), {}, {}};
        std::strncpy(problem.step, error.step(), sizeof problem.step - 1);
        std::strncpy(problem.subject, error.subject().c_str(), sizeof problem.subject - 1);
        kernel::write(problems, &problem, sizeof problem);
    }
    ::_exit(1);
}

} // namespace

pid_t start_host_command(const HostCommand& what, const TimeLimit& limit) {
    pty::Pipe problems = pty::make_pipe();
    clone_args arguments{};
    arguments.exit_signal = SIGCHLD;
    pid_t pid = pty::check(kernel::clone3(&arguments, sizeof arguments), "fork");
    if (pid == 0)
        run_child(what, problems.write.get());
    problems.write.reset();
    Problem problem;
    if (!limit.await(problems.read.get())) {
        ::kill(pid, SIGKILL);
        throw CommandLate(command_line(what.command) + ": timed out");
    }
    // The pipe closes when the program is executed.
    if (kernel::read(problems.read.get(), &problem, sizeof problem) != sizeof problem)
        return pid;
    ::waitpid(pid, nullptr, 0);
    throw StartFailure(with_cause(std::string(problem.step) + " " + problem.subject, problem.error));
}

} // namespace jailcore
