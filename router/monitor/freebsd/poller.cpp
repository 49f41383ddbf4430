#include "router/monitor/poller.hpp"

#include "pty/error.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/event.h>

namespace monitor {
namespace {

// kevent(2): each direction of a descriptor is a filter of its own, and not every descriptor has both.
int set(int queue, int fd, short filter, bool wanted, uint64_t id) {
    struct kevent change = {};
    change.ident = static_cast<uintptr_t>(fd);
    change.filter = filter;
    change.flags = wanted ? EV_ADD : EV_DELETE;
    change.udata = reinterpret_cast<void*>(static_cast<uintptr_t>(id));
    int result = ::kevent(queue, &change, 1, nullptr, 0, nullptr);
    return wanted ? result : 0; // one that was not there cannot be taken away
}

void set_both(int queue, int fd, short events, uint64_t id, const char* what) {
    pty::check(set(queue, fd, EVFILT_READ, (events & POLLIN) != 0, id), "kevent", what);
    pty::check(set(queue, fd, EVFILT_WRITE, (events & POLLOUT) != 0, id), "kevent", what);
}

} // namespace

Poller::Poller() : queue_(pty::check(::kqueue(), "kqueue", {})) {}

void Poller::add(int fd, short events, uint64_t id) {
    set_both(queue_.get(), fd, events, id, "add");
}

void Poller::change(int fd, short events, uint64_t id) {
    set_both(queue_.get(), fd, events, id, "change");
}

void Poller::remove(int fd) {
    set_both(queue_.get(), fd, 0, 0, "remove");
}

// kevent(2) takes no signal mask: the queue is waited for by ppoll(2), and then looked into.
std::span<const Poller::Event> Poller::wait(const timespec* timeout, const sigset_t& mask) {
    pollfd queue{queue_.get(), POLLIN, 0};
    int ready = ::ppoll(&queue, 1, timeout, &mask);
    if (ready == -1 && errno != EINTR)
        throw pty::StepError(errno, "ppoll", {});
    std::array<struct kevent, std::tuple_size_v<decltype(ready_)>> found;
    const timespec at_once{};
    int count = ready <= 0 ? 0
                           : pty::check(::kevent(queue_.get(), nullptr, 0, found.data(),
                                                 static_cast<int>(found.size()), &at_once),
                                        "kevent");
    for (int i = 0; i < count; ++i) {
        const struct kevent& event = found[static_cast<size_t>(i)];
        int events = event.filter == EVFILT_READ ? POLLIN : POLLOUT;
        if ((event.flags & EV_EOF) != 0)
            events |= POLLHUP;
        ready_[static_cast<size_t>(i)] = {reinterpret_cast<uintptr_t>(event.udata),
                                          static_cast<short>(events)};
    }
    return std::span(ready_).first(static_cast<size_t>(count));
}

} // namespace monitor
