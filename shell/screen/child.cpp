#include "shell/screen/child.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/spawn.hpp"
#include "shell/ignored_signals.hpp"
#include "shell/siblings.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace top {
namespace {

constexpr size_t most = size_t{16} << 20;

pid_t start(const std::vector<std::string>& argv, std::vector<int> fds, bool own_session) {
    return pty::spawn({-1, argv, shell::current_environment(), std::move(fds), own_session});
}

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
    pid_ = start(argv, {-1, output.write.get(), error.write.get()}, true);
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
    pid_t pid = start(argv, {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}, false);
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
