#include "router/monitor/poller.hpp"

#include "pty/error.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/epoll.h>

namespace monitor {
namespace {

static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR && EPOLLHUP == POLLHUP);

epoll_event event_of(short events, uint64_t id) {
    epoll_event event{};
    event.events = static_cast<uint32_t>(events);
    event.data.u64 = id;
    return event;
}

} // namespace

Poller::Poller() : queue_(pty::check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create", {})) {}

void Poller::add(int fd, short events, uint64_t id) {
    epoll_event event = event_of(events, id);
    pty::check(::epoll_ctl(queue_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl", "add");
}

void Poller::change(int fd, short events, uint64_t id) {
    epoll_event event = event_of(events, id);
    pty::check(::epoll_ctl(queue_.get(), EPOLL_CTL_MOD, fd, &event), "epoll_ctl", "change");
}

void Poller::remove(int fd) {
    ::epoll_ctl(queue_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

// As with ppoll(2), a signal is let through only where nothing is ready.
std::span<const Poller::Event> Poller::wait(const timespec* timeout, const sigset_t& mask) {
    std::array<epoll_event, std::tuple_size_v<decltype(ready_)>> found;
    int count = ::epoll_pwait2(queue_.get(), found.data(), static_cast<int>(found.size()), timeout, &mask);
    if (count == -1 && errno != EINTR)
        throw pty::StepError(errno, "epoll_pwait2", {});
    for (int i = 0; i < count; ++i)
        ready_[static_cast<size_t>(i)] = {found[static_cast<size_t>(i)].data.u64,
                                          static_cast<short>(found[static_cast<size_t>(i)].events)};
    return std::span(ready_).first(count < 0 ? 0 : static_cast<size_t>(count));
}

} // namespace monitor
