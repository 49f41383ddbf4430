#include "shell/relay/readiness.hpp"

#include "pty/error.hpp"

#include <fcntl.h>
#include <sys/event.h>
#include <sys/stat.h>

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

} // namespace shell
