#include "shell/relay/readiness.hpp"

#include "pty/error.hpp"

#include <sys/epoll.h>

namespace shell {

pty::UniqueFd readiness_of(int fd, Direction direction) {
    pty::UniqueFd set(pty::check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create"));
    epoll_event event{};
    event.events = direction == Direction::read ? EPOLLIN : EPOLLOUT;
    pty::check(::epoll_ctl(set.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    return set;
}

void assign_readiness(asio::posix::stream_descriptor& waiter, pty::UniqueFd readiness) {
    waiter.assign(readiness.release());
}

bool is_still_ready(int readiness) {
    epoll_event event{};
    return ::epoll_wait(readiness, &event, 1, 0) == 1;
}

} // namespace shell
