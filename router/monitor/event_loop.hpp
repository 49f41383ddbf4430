// The monitor's one loop: descriptors, timers, and the end of children. Single-threaded. A watcher registers
// where it is made and leaves where it is destroyed, also from within its own callback.
#pragma once

#include "router/monitor/poller.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <poll.h>
#include <unordered_map>

namespace monitor {

class EventLoop {
public:
    using Clock = std::chrono::steady_clock;

    // Watches a descriptor, which it does not own, for as long as it lives: no longer than the descriptor is
    // open, and the loop is there. Making one and set_events() throw pty::StepError.
    class Watch {
    public:
        Watch(EventLoop& loop, int fd, short events, std::function<void(short)> callback);
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;
        void set_events(short events);

    private:
        friend class EventLoop;
        EventLoop& loop_;
        int fd_;
        uint64_t id_;
        std::function<void(short)> callback_;
    };

    // A call in the future; destroying it takes the call back.
    class Timer {
    public:
        Timer(EventLoop& loop, Clock::duration after, std::function<void()> callback);
        ~Timer();
        Timer(const Timer&) = delete;
        Timer& operator=(const Timer&) = delete;

    private:
        friend class EventLoop;
        EventLoop& loop_;
        std::multimap<Clock::time_point, Timer*>::iterator place_;
        bool pending_ = true;
        std::function<void()> callback_;
    };

    // Blocks SIGCHLD, SIGTERM, SIGINT and SIGHUP but for the moments of waiting. Throws pty::StepError.
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Called, from the loop, after a child has ended, or a request to stop has come by a signal.
    std::function<void()> on_child;
    std::function<void()> on_terminate;
    std::function<void()> on_hangup; // SIGHUP

    void run();
    void stop() { running_ = false; }

private:
    void dispatch_signals();
    void dispatch_descriptors(std::span<const Poller::Event> ready);
    void dispatch_timers();
    [[nodiscard]] bool next_timeout(timespec& timeout) const;

    bool running_ = false;
    Poller poller_;
    uint64_t last_watch_ = 0;
    std::unordered_map<uint64_t, Watch*> watches_; // by what no other had: a descriptor's number comes again
    std::multimap<Clock::time_point, Timer*> timers_;
    sigset_t waiting_mask_{};
};

} // namespace monitor
