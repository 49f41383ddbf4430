// One worker, from the monitor's side: its process, its link, the phase it is in. The monitor never waits for
// it: what the link does not take is queued here.
#pragma once

#include "pty/fd.hpp"
#include "router/monitor/event_loop.hpp"
#include "router/wire/link.hpp"
#include "router/wire/principal.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace monitor {

class WorkerProcess {
public:
    // Starts `program`, which is to take `uid` as its own identity (nothing: the monitor's). Throws
    // pty::StepError.
    WorkerProcess(EventLoop& loop, int program, wire::Principal principal, std::optional<uid_t> uid);

    // A message that the table permits.
    std::function<void(std::span<const char>, const wire::LinkRow&, pty::Received&)> on_message;
    // It has ended, or sent what the table does not permit; in either case it is not alive when this is
    // called. May destroy this object.
    std::function<void(const char* why)> on_end;

    [[nodiscard]] const wire::Principal& principal() const { return principal_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    template <class Message>
    void send(const Message& message, std::span<const int> fds = {}) {
        send_bytes(wire::bytes_of(message), fds);
    }
    // It said that it has nothing to do: closes the link, at which it leaves.
    void retire();

private:
    struct Queued {
        std::string bytes;
        std::vector<pty::UniqueFd> fds;
    };

    void send_bytes(std::string_view bytes, std::span<const int> fds);
    void ready(short events);
    void receive();
    void send_queued();
    void end(const char* why);

    wire::Principal principal_;
    pid_t pid_ = -1;
    pty::UniqueFd link_;
    uint8_t phase_ = wire::phase_starting;
    std::deque<Queued> queue_;
    std::unique_ptr<EventLoop::Watch> watch_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0); // expires with this object
};

} // namespace monitor
