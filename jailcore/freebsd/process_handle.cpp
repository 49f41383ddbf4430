#include "jailcore/process_handle.hpp"

#include "jailcore/freebsd/process.hpp"
#include "jailcore/freebsd/sealed_target.hpp"
#include "pty/error.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/param.h>

#include <sys/event.h>
#include <sys/jail.h>
#include <sys/uio.h>
#include <utility>

namespace jailcore {

// kevent(2), EVFILT_PROC: a kqueue with the end of one process in it is readable from that end on, of a
// zombie at once, of other users' and jails' processes as well; a process that takes the number later is not
// in it. A helper is handed an EnterTarget: of the jail of that process, or of a jail as such, whose end
// nothing tells.
struct ProcessHandle::SystemHold : Hold {
    SystemHold(pid_t of, pty::UniqueFd watched, pty::UniqueFd given)
        : Hold{watched.get(), given.get()}, pid(of), queue(std::move(watched)), target(std::move(given)) {}
    pid_t pid;
    pty::UniqueFd queue, target;
};

namespace {

pty::UniqueFd watch_end_of(pid_t pid) {
    std::string name = std::to_string(pid);
    pty::UniqueFd queue(pty::check(::kqueue(), "kqueue", name));
    pty::check(::fcntl(queue.get(), F_SETFD, FD_CLOEXEC), "fcntl", name);
    struct kevent change = {};
    change.ident = static_cast<uintptr_t>(pid);
    change.filter = EVFILT_PROC;
    change.flags = EV_ADD;
    change.fflags = NOTE_EXIT;
    pty::check(::kevent(queue.get(), &change, 1, nullptr, 0, nullptr), "watch the end of", name);
    return queue;
}

// None where it is in no jail.
pty::UniqueFd jail_of(pid_t pid) {
    ProcessFacts facts = process_facts(pid);
    EnterTarget target;
    target.jid = facts.jail;
    target.pid = pid;
    target.start_time = facts.start;
    return target.jid > 0 ? sealed_target(target) : pty::UniqueFd();
}

} // namespace

ProcessHandle::ProcessHandle(pid_t pid) {
    pty::UniqueFd queue = watch_end_of(pid);
    hold_ = std::make_shared<SystemHold>(pid, std::move(queue), jail_of(pid));
}

ProcessHandle::ProcessHandle(pty::UniqueFd given) {
    if (given)
        hold_ = std::make_shared<SystemHold>(0, pty::UniqueFd(), std::move(given));
}

bool ProcessHandle::signal(int signal) const {
    pid_t pid = hold_ ? static_cast<const SystemHold&>(*hold_).pid : 0;
    if (pid <= 0 || has_ended()) {
        errno = ESRCH;
        return false;
    }
    return ::kill(pid, signal) == 0;
}

std::optional<uint64_t> start_time(pid_t pid) {
    try {
        return process_facts(pid).start;
    } catch (const pty::StepError& error) {
        errno = error.error();
        return std::nullopt;
    }
}

// The kernel ends a jail by itself when nothing is left in it.
void look_for_end(const ProcessHandle& /*process*/) {}

bool has_begun_to_end(const JailRecord& jail, const ProcessHandle& /*process*/) {
    int32_t jid = static_cast<int32_t>(jail.jid);
    iovec parts[]{{const_cast<char*>("jid"), sizeof "jid"}, {&jid, sizeof jid}};
    return ::jail_get(parts, 2, 0) == -1; // one that is dying is not found without JAIL_DYING
}

// jail_remove(2): SIGKILL to all that is in it. A process that forks at that moment may get away (SA-21:04),
// and the next call finds it.
bool kill_jail(const JailRecord& jail, const ProcessHandle& /*process*/) {
    return ::jail_remove(static_cast<int>(jail.jid)) == 0;
}

} // namespace jailcore
