#include "jailcore/process_handle.hpp"

#include "jailcore/freebsd/process.hpp"
#include "pty/error.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/event.h>
#include <utility>

namespace jailcore {

// kevent(2), EVFILT_PROC: a kqueue with the end of one process in it is readable from that end on, of a
// zombie at once, of other users' and jails' processes as well; a process that takes the number later is not
// in it.
struct ProcessHandle::SystemHold : Hold {
    SystemHold(pty::UniqueFd held, pid_t of) : Hold{held.get(), -1}, queue(std::move(held)), pid(of) {}
    pty::UniqueFd queue;
    pid_t pid;
};

ProcessHandle::ProcessHandle(pid_t pid) {
    std::string name = std::to_string(pid);
    pty::UniqueFd queue(pty::check(::kqueue(), "kqueue", name));
    pty::check(::fcntl(queue.get(), F_SETFD, FD_CLOEXEC), "fcntl", name);
    struct kevent change {};
    change.ident = static_cast<uintptr_t>(pid);
    change.filter = EVFILT_PROC;
    change.flags = EV_ADD;
    change.fflags = NOTE_EXIT;
    pty::check(::kevent(queue.get(), &change, 1, nullptr, 0, nullptr), "watch the end of", name);
    hold_ = std::make_shared<SystemHold>(std::move(queue), pid);
}

bool ProcessHandle::signal(int signal) const {
    if (!hold_ || has_ended()) {
        errno = ESRCH;
        return false;
    }
    return ::kill(static_cast<const SystemHold&>(*hold_).pid, signal) == 0;
}

std::optional<uint64_t> start_time(pid_t pid) {
    try {
        return process_facts(pid).start;
    } catch (const pty::StepError& error) {
        errno = error.error();
        return std::nullopt;
    }
}

} // namespace jailcore
