// A socket that clients connect to. Nobody is known before he is accepted, and a full queue is not fair; so
// a turn of the loop takes few, and after one in which somebody was turned away there is a pause: whoever
// connects in a loop waits for the kernel, and everybody else hardly for him.
#pragma once

#include "pty/fd.hpp"
#include "router/monitor/event_loop.hpp"

#include <functional>
#include <memory>

namespace monitor {

class Listener {
public:
    // `take`: a client, and whether it may stay. `socket` stays the caller's. Throws pty::StepError.
    Listener(EventLoop& loop, int socket, std::function<bool(pty::UniqueFd)> take);

    // A descriptor is free again.
    void resume();

private:
    void accept();
    void pause();

    EventLoop& loop_;
    int socket_;
    std::function<bool(pty::UniqueFd)> take_;
    EventLoop::Watch watch_;
    std::unique_ptr<EventLoop::Timer> pause_;
};

} // namespace monitor
