// The router's children, and who is told of the end of each. All of them are reaped here, those that helpers
// leave behind as well (router/monitor/orphans.hpp).
#pragma once

#include "router/monitor/event_loop.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sys/types.h>
#include <unordered_map>

namespace monitor {

class Children {
public:
    // As waitpid(2) has it.
    using OnEnd = std::function<void(int status)>;

    explicit Children(EventLoop& loop) : loop_(loop) {}

    // Called before any is reaped: what helpers said before they, or their leaders, ended is heard first.
    std::function<void()> before_reaping;
    // Whether a helper may yet tell of a child of ours that has ended by now.
    std::function<bool()> more_may_be_claimed;

    // From now on `on_end` is told of its end, and nobody else.
    void claim(pid_t pid, OnEnd on_end) { claimed_.insert_or_assign(pid, std::move(on_end)); }
    // The status of one that was reaped before somebody told us of it. What was reaped before `since` had the
    // same number, and was another.
    std::optional<int> claim_ended(pid_t pid, EventLoop::Clock::time_point since);

    // Some of those that have ended, and the rest at the next turn of the loop.
    void reap();

private:
    // Reaped, and nobody's.
    struct Unclaimed {
        int status = 0;
        EventLoop::Clock::time_point when;
    };
    void ended(pid_t pid, int status);

    EventLoop& loop_;
    std::unordered_map<pid_t, OnEnd> claimed_;
    std::map<pid_t, Unclaimed> unclaimed_;
    std::unique_ptr<EventLoop::Timer> again_;
};

} // namespace monitor
