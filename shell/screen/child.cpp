#include "shell/screen/child.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/spawn.hpp"
#include "shell/ignored_signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace top {
namespace {

constexpr size_t most = size_t{16} << 20;

// posix_spawn(3) with the signals as a fresh program wants them.
class Launch {
public:
    Launch() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        sigset_t set;
        sigfillset(&set);
        ::posix_spawnattr_setsigdefault(&attributes_, &set);
        sigemptyset(&set);
        ::posix_spawnattr_setsigmask(&attributes_, &set);
    }
    ~Launch() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    Launch(const Launch&) = delete;
    Launch& operator=(const Launch&) = delete;

    void set_output(int output, int error) {
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, error, STDERR_FILENO);
        flags_ |= POSIX_SPAWN_SETSID;
    }

    pid_t start(const std::vector<std::string>& argv) {
        ::posix_spawnattr_setflags(&attributes_, flags_);
        pid_t pid = -1;
        int error = ::posix_spawn(&pid, argv.front().c_str(), &actions_, &attributes_,
                                  pty::exec_pointers(argv).data(), environ);
        if (error != 0)
            throw pty::StepError(error, "execute", argv.front());
        return pid;
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
    short flags_ = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
};

// Until nothing is there; closes it at its end.
void drain(pty::UniqueFd& from, std::string& into) {
    std::array<char, 65536> buffer;
    while (from) {
        ssize_t size = ::read(from.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return;
        if (size <= 0)
            from.reset();
        else if (into.size() < most)
            into.append(buffer.data(), static_cast<size_t>(size));
    }
}

} // namespace

Child::Child(const std::vector<std::string>& argv) {
    pty::Pipe output = pty::make_pipe(O_CLOEXEC);
    pty::Pipe error = pty::make_pipe(O_CLOEXEC);
    pty::check(::fcntl(output.read.get(), F_SETFL, O_NONBLOCK), "fcntl", "pipe");
    pty::check(::fcntl(error.read.get(), F_SETFL, O_NONBLOCK), "fcntl", "pipe");
    Launch launch;
    launch.set_output(output.write.get(), error.write.get());
    pid_ = launch.start(argv);
    output_ = std::move(output.read);
    error_ = std::move(error.read);
}

Child::~Child() {
    if (pid_ < 0)
        return;
    ::kill(pid_, SIGKILL);
    pty::wait_for_end(pid_);
}

void Child::read() {
    drain(output_, printed);
    drain(error_, complained);
    if (pid_ < 0 || output_ || error_)
        return;
    status_ = pty::wait_for_end(pid_);
    pid_ = -1;
}

int run_in_foreground(const std::vector<std::string>& argv, const volatile std::sig_atomic_t& leaving) {
    constexpr int signalled = 128;
    shell::IgnoredSignals ignored(
        {SIGINT, SIGQUIT, SIGTSTP}); // as system(3): what is typed at the child is for it
    if (leaving != 0)
        return signalled + SIGHUP;
    pid_t pid = Launch().start(argv);
    int status = 0;
    // Stopped by ^Z, it stops us, too, and the shell that continues us continues both.
    for (bool running = true; running;) {
        if (leaving != 0)
            ::kill(pid, SIGHUP); // as if its terminal had gone, which it does for us
        if (::waitpid(pid, &status, WUNTRACED) != pid) {
            running = errno == EINTR;
        } else {
            running = WIFSTOPPED(status);
            if (running)
                ::raise(SIGSTOP);
        }
    }
    return WIFSIGNALED(status) ? signalled + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace top
