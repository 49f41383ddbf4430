#include "jailcore/linux/starter/await_child.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"

#include <csignal>
#include <ctime>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

namespace jailcore {
namespace {

using Clock = std::chrono::steady_clock;

// While it is blocked, the signal of a child's end is kept until it is asked for: none is missed between a
// look for dead children and the wait for the next.
class ChildSignal {
public:
    ChildSignal() {
        ::sigemptyset(&child_);
        ::sigaddset(&child_, SIGCHLD);
        ::sigprocmask(SIG_BLOCK, &child_, &before_);
        file_.reset(pty::check(::signalfd(-1, &child_, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
    }
    ~ChildSignal() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
    ChildSignal(const ChildSignal&) = delete;
    ChildSignal& operator=(const ChildSignal&) = delete;

    // Or until `process`, a pidfd or -1, has ended: false then.
    bool wait(std::optional<Clock::duration> limit, int process) const {
        pollfd events[] = {{file_.get(), POLLIN, 0}, {process, POLLIN, 0}};
        timespec time{};
        if (limit) {
            auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*limit);
            time = {seconds.count(), std::chrono::nanoseconds(*limit - seconds).count()};
        }
        ::ppoll(events, 2, limit ? &time : nullptr, nullptr);
        signalfd_siginfo ended{};
        while (::read(file_.get(), &ended, sizeof ended) > 0) {
        }
        return events[1].revents == 0;
    }

private:
    sigset_t child_{};
    sigset_t before_{};
    pty::UniqueFd file_;
};

constexpr int most_at_once = 16;

// Collects some that are dead, and `pid` where it is: its status. `more`: there may be others yet, for a jail
// can make more of them than one can collect (CLONE_PARENT).
std::optional<int> collect(pid_t pid, const std::string& line, bool& more) {
    int status = 0;
    more = false;
    for (int count = 0; count < most_at_once; ++count) {
        pid_t got = pty::check(::waitpid(-1, &status, WNOHANG), "wait for", line);
        if (got == pid)
            return status;
        if (got == 0)
            return std::nullopt;
    }
    more = true;
    if (pty::check(::waitpid(pid, &status, WNOHANG), "wait for", line) == pid)
        return status;
    return std::nullopt;
}

} // namespace

std::optional<int> await_child(pid_t pid, std::optional<std::chrono::milliseconds> limit,
                               const std::string& line, int process) {
    ChildSignal ended;
    Clock::time_point deadline = Clock::now() + limit.value_or(std::chrono::milliseconds(0));
    for (;;) {
        bool more = false;
        if (auto status = collect(pid, line, more))
            return status;
        Clock::duration left = deadline - Clock::now();
        if (limit && left <= Clock::duration::zero())
            return std::nullopt;
        if (more)
            continue;
        if (!ended.wait(limit ? std::optional(left) : std::nullopt, process))
            return std::nullopt;
    }
}

} // namespace jailcore
