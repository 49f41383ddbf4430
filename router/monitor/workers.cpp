#include "router/monitor/workers.hpp"

#include "pty/error.hpp"
#include "router/monitor/identities.hpp"
#include "router/monitor/log.hpp"

#include <algorithm>
#include <optional>

namespace monitor {
namespace {

constexpr size_t max_setting_up = 256; // connections whose request a worker waits for
// The next worker starts at once where at most so many have died within that time; after that the later the
// more there were, but so that a client, who tries for ten seconds, finds one many times over.
constexpr size_t sudden_deaths = 3;
constexpr std::chrono::seconds crash_time{10};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{1000};

// How long to wait after the latest of the deaths, which is now.
EventLoop::Clock::duration pause_after(std::vector<EventLoop::Clock::time_point>& deaths,
                                       EventLoop::Clock::time_point now) {
    std::erase_if(deaths, [&](auto when) {
        return now - when > crash_time;
    });
    deaths.push_back(now);
    auto pause = first_pause;
    if (deaths.size() <= sudden_deaths)
        return {};
    for (size_t death = sudden_deaths + 1; death < deaths.size() && pause < longest_pause; ++death)
        pause *= 2;
    return std::min(pause, longest_pause);
}

} // namespace

WorkerProcess& Workers::of(wire::Principal principal) {
    Worker& worker = workers_[principal];
    if (!worker.process) {
        std::optional<uid_t> uid;
        if (own_uids_)
            uid = first_worker_uid + principal.uid() % worker_uids;
        worker.process = std::make_unique<WorkerProcess>(loop_, program_, principal, uid);
        worker.process->on_message = [this, principal](auto bytes, const auto& row, auto& received) {
            if (row.id == wire::LinkId::ready)
                log::debug("worker of " + principal.text() + ": serving");
            on_message(principal, bytes, row, received);
        };
        worker.process->on_end = [this, principal](const char* why) {
            ended(principal, why);
        };
        log::debug("worker of " + principal.text() + ": started, process " +
                   std::to_string(worker.process->pid()));
    }
    return *worker.process;
}

bool Workers::runs(wire::Principal principal) const {
    auto found = workers_.find(principal);
    return found != workers_.end() && found->second.process;
}

void Workers::retire(wire::Principal principal) {
    Worker& worker = workers_.at(principal);
    worker.process->retire();
    worker.process.reset();
    log::debug("worker of " + principal.text() + ": retired");
}

void Workers::ended(wire::Principal principal, const char* why) {
    log::warn("worker of " + principal.text() + ": " + why);
    Worker& worker = workers_[principal];
    worker.process.reset();
    worker.setting_up = 0;
    if (on_end(principal))
        start_next_after(principal, pause_after(worker.crashes, EventLoop::Clock::now()));
    give_turns(principal);
}

void Workers::start_next_after(wire::Principal principal, EventLoop::Clock::duration time) {
    if (time == EventLoop::Clock::duration::zero())
        return start_next(principal);
    log::debug("worker of " + principal.text() + ": the next one starts later");
    workers_[principal].next = std::make_unique<EventLoop::Timer>(loop_, time, [this, principal] {
        start_next(principal);
    });
}

// Sooner or later there is one: sessions do not end because there was none for a while.
void Workers::start_next(wire::Principal principal) {
    workers_[principal].next.reset();
    try {
        on_return(of(principal));
    } catch (const pty::StepError& error) {
        log::error("worker of " + principal.text() + ": " + error.what() + ": tried again");
        return start_next_after(principal, longest_pause);
    }
    give_turns(principal);
}

void Workers::queue(wire::Principal principal, uint64_t connection) {
    workers_[principal].waiting.push_back(connection);
    give_turns(principal);
}

void Workers::request_over(wire::Principal principal) {
    --workers_[principal].setting_up;
    give_turns(principal);
}

// Those that wait cost two descriptors each, and the worker nothing; some wait for the next worker.
void Workers::give_turns(wire::Principal principal) {
    Worker& worker = workers_[principal];
    while (!worker.next && worker.setting_up < max_setting_up && !worker.waiting.empty()) {
        uint64_t connection = worker.waiting.front();
        worker.waiting.pop_front();
        if (on_turn(connection))
            ++worker.setting_up;
    }
}

} // namespace monitor
