// The workers, one for each principal that has something to do: their processes, when the next one is started
// where one has died, and who waits for one.
#pragma once

#include "router/monitor/event_loop.hpp"
#include "router/monitor/worker_process.hpp"
#include "router/wire/principal.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace monitor {

class Workers {
public:
    // `program`: of jworker, which stays the caller's. `own_uids`: each worker takes a uid of its own.
    Workers(EventLoop& loop, int program, bool own_uids)
        : loop_(loop), program_(program), own_uids_(own_uids) {}

    // A message that the table of the link permits.
    std::function<void(wire::Principal, std::span<const char>, const wire::LinkRow&, pty::Received&)>
        on_message;
    // One has ended, and what only it had with it. True: there are sessions that wait for the next one.
    std::function<bool(wire::Principal)> on_end;
    // The next one, for these sessions.
    std::function<void(WorkerProcess&)> on_return;
    // It is that connection's turn. True: a worker has it now, and waits for its request.
    std::function<bool(uint64_t connection)> on_turn;

    // Throws pty::StepError where there is none and none can be started.
    WorkerProcess& of(wire::Principal principal);
    [[nodiscard]] bool runs(wire::Principal principal) const;
    // Nothing is sent where no worker is.
    template <class Message>
    void send(wire::Principal principal, const Message& message, std::span<const int> fds = {}) {
        if (runs(principal))
            workers_.at(principal).process->send(message, fds);
    }
    // It said that it has nothing to do.
    void retire(wire::Principal principal);

    // A connection waits for its turn, in which it may have ended: a worker has a bounded number of those
    // whose request has not come.
    void queue(wire::Principal principal, uint64_t connection);
    // The request of one that had its turn has come, or will never.
    void request_over(wire::Principal principal);

private:
    struct Worker {
        std::unique_ptr<WorkerProcess> process;
        std::vector<EventLoop::Clock::time_point> crashes;
        std::unique_ptr<EventLoop::Timer> next; // until the next one may start
        size_t setting_up = 0;                  // connections that it has, and no request of
        std::deque<uint64_t> waiting;           // connections that it is to get; some may be over
    };

    void ended(wire::Principal principal, const char* why);
    void start_next(wire::Principal principal);
    void start_next_after(wire::Principal principal, EventLoop::Clock::duration time);
    void give_turns(wire::Principal principal);

    EventLoop& loop_;
    int program_;
    bool own_uids_;
    std::map<wire::Principal, Worker> workers_;
};

} // namespace monitor
