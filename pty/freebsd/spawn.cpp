#include "pty/spawn.hpp"

#include "pty/error.hpp"
#include "pty/fault.hpp"
#include "pty/fd.hpp"
#include "pty/signals.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace pty {
namespace {

struct Prepared {
    std::vector<UniqueFd> sources; // of descriptor 0, 1, …; each above them all, so that none is overwritten
    UniqueFd program;
    std::vector<char*> argv, environment;
    bool own_session = false;
};

UniqueFd above(int floor, int fd, const std::string& subject) {
    return UniqueFd(check(::fcntl(fd, F_DUPFD_CLOEXEC, floor), "spawn", subject));
}

Prepared prepare(const Spawn& what, const std::vector<std::string>& environment) {
    const std::string& subject = what.argv.at(0);
    int floor = static_cast<int>(what.fds.size());
    UniqueFd null(check(::open("/dev/null", O_RDWR | O_CLOEXEC), "spawn", subject));
    Prepared prepared;
    for (int fd : what.fds)
        prepared.sources.push_back(above(floor, fd < 0 ? null.get() : fd, subject));
    if (what.program >= 0)
        prepared.program = above(floor, what.program, subject);
    prepared.argv = exec_pointers(what.argv);
    prepared.environment = exec_pointers(environment);
    prepared.own_session = what.own_session;
    return prepared;
}

// In the child, which has the parent's memory: nothing but system calls. Returns where it fails.
void become(const Prepared& prepared) {
    if (prepared.own_session && ::setsid() == -1)
        return;
    for (size_t i = 0; i < prepared.sources.size(); ++i)
        if (::dup2(prepared.sources[i].get(), static_cast<int>(i)) == -1)
            return;
    reset_signals();
    if (prepared.program)
        ::fexecve(prepared.program.get(), prepared.argv.data(), prepared.environment.data());
    else
        ::execve(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
}

// No handler of ours runs in the child, which would change what is the parent's.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        ::sigprocmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

} // namespace

// vfork(2), as posix_spawn(3) does it there: that has neither POSIX_SPAWN_SETSID nor a program by descriptor,
// and /dev/fd/N is there only where somebody mounts fdescfs.
pid_t spawn(const Spawn& what) {
    if (int error = kernel::fault("spawn"))
        throw StepError(error, "spawn", what.argv.at(0));
    std::vector<std::string> environment = what.environment;
    if (const char* plan = kernel::fault_environment())
        environment.emplace_back(plan);
    const Prepared prepared = prepare(what, environment);
    volatile int error = 0;
    pid_t pid = -1;
    {
        SignalsBlocked blocked;
        pid = ::vfork();
        if (pid == 0) {
            become(prepared);
            error = errno;
            ::_exit(127);
        }
    }
    check(pid, "spawn", what.argv.at(0));
    if (error != 0) {
        wait_for_end(pid);
        throw StepError(error, what.program >= 0 ? "spawn" : "execute", what.argv.at(0));
    }
    return pid;
}

} // namespace pty
