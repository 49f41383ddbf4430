// Waits for descriptors at a cost that does not grow with how many there are: of a thousand sessions, each
// attach would look at all the others. epoll(7) on Linux.
#pragma once

#include "pty/fd.hpp"

#include <array>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <span>

namespace monitor {

class Poller {
public:
    struct Event {
        uint64_t id = 0;
        short events = 0; // POLLIN, POLLOUT; POLLHUP and POLLERR unasked
    };

    // Throws pty::StepError, as do add() and change().
    Poller();

    // `fd` stays the caller's. `id` comes back with its events.
    void add(int fd, short events, uint64_t id);
    void change(int fd, short events, uint64_t id);
    // Before it is closed: while another process has a duplicate, its events would still come.
    void remove(int fd);

    // Waits with the signal mask `mask`, for `timeout` or, where that is null, for ever. What is ready, valid
    // until the next call; nothing after the timeout or a signal. Throws pty::StepError.
    std::span<const Event> wait(const timespec* timeout, const sigset_t& mask);

private:
    pty::UniqueFd queue_;
    std::array<Event, 64> ready_;
};

} // namespace monitor
