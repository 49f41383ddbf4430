#include "shell/relay/readiness.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"

#include <fcntl.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shell {

// A kqueue(2) is itself readable while it holds an event; it is not inherited by fork(2), but by execve(2).
pty::UniqueFd readiness_of(int fd, Direction direction) {
    struct stat status = {};
    pty::check(::fstat(fd, &status), "fstat");
    if (S_ISREG(status.st_mode)) // at its end it has none, to kevent(2)
        throw pty::StepError(EPERM, "kevent", {});
    pty::UniqueFd queue(pty::check(::kqueue(), "kqueue"));
    pty::check(::fcntl(queue.get(), F_SETFD, FD_CLOEXEC), "fcntl");
    struct kevent change = {};
    change.ident = static_cast<uintptr_t>(fd);
    change.filter = direction == Direction::read ? EVFILT_READ : EVFILT_WRITE;
    change.flags = EV_ADD;
    pty::check(::kevent(queue.get(), &change, 1, nullptr, 0, nullptr), "kevent");
    return queue;
}

// Asio waits only for what it could make non-blocking, which a kqueue(2) cannot be (sys/kern/kern_event.c,
// kqueue_ioctl()). So a socket is, in whose place the queue comes; Asio asks for its events when it waits.
void assign_readiness(asio::posix::stream_descriptor& waiter, pty::UniqueFd readiness) {
    pty::SocketPair place = pty::seqpacket_pair();
    waiter.assign(place.ours.release());
    waiter.native_non_blocking(true);
    pty::check(::dup2(readiness.get(), waiter.native_handle()), "dup2");
    pty::check(::fcntl(waiter.native_handle(), F_SETFD, FD_CLOEXEC), "fcntl");
}

// An event stays in the queue until somebody asks for it and finds that it is over.
bool is_still_ready(int readiness) {
    struct kevent event = {};
    const timespec at_once{};
    return ::kevent(readiness, nullptr, 0, &event, 1, &at_once) == 1;
}

} // namespace shell
