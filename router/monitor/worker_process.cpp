#include "router/monitor/worker_process.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/spawn.hpp"

#include <cerrno>
#include <csignal>
#include <sys/socket.h>

namespace monitor {
namespace {

// A worker that is stopped, or busy for good. What is sent at once is little: the answers to requests, and
// the ends of sessions.
constexpr size_t max_queued = 16384;

} // namespace

WorkerProcess::WorkerProcess(EventLoop& loop, int program, wire::Principal principal,
                             std::optional<uid_t> uid)
    : principal_(principal) {
    pty::SocketPair pair = pty::seqpacket_pair();
    link_ = std::move(pair.ours);
    pty::Spawn spawn{program, {"jworker"}, {}, {-1, -1, 2, pair.theirs.get()}};
    if (uid)
        spawn.argv.push_back(std::to_string(*uid));
    pid_ = pty::spawn(spawn);
    watch_ = std::make_unique<EventLoop::Watch>(loop, link_.get(), POLLIN, [this](short events) {
        ready(events);
    });
}

void WorkerProcess::ready(short events) {
    if ((events & POLLOUT) != 0)
        send_queued();
    if ((events & ~POLLOUT) != 0)
        receive();
}

// A bounded number of messages a turn, so that a worker that never stops talking does not keep the others
// waiting.
void WorkerProcess::receive() {
    for (int i = 0; i < 16; ++i) {
        char bytes[wire::max_link_message];
        pty::Received received = pty::receive_message(link_.get(), bytes, MSG_DONTWAIT);
        if (received.size < 0 && errno == EAGAIN)
            return;
        if (received.size <= 0)
            return end("it has ended");
        std::span<const char> message(bytes, static_cast<size_t>(received.size));
        const wire::LinkRow* row = permitted(message, received, wire::Sender::worker, phase_);
        if (row == nullptr)
            return end("it sent what it may not");
        if (row->id == wire::LinkId::ready)
            phase_ = wire::phase_serving;
        auto handler = on_message; // it may destroy this object
        std::weak_ptr<int> alive = alive_;
        handler(message, *row, received);
        if (alive.expired())
            return;
    }
}

void WorkerProcess::send_bytes(std::string_view bytes, std::span<const int> fds) {
    if (queue_.empty() && pty::send_message(link_.get(), bytes, fds, MSG_DONTWAIT))
        return;
    if (queue_.size() >= max_queued) {
        // receive() finds its end: this caller may hold the object.
        ::shutdown(link_.get(), SHUT_RDWR);
        return;
    }
    Queued item{std::string(bytes), {}};
    for (int fd : fds)
        item.fds.emplace_back(kernel::dup_cloexec(fd));
    queue_.push_back(std::move(item));
    watch_->set_events(POLLIN | POLLOUT);
}

void WorkerProcess::send_queued() {
    while (!queue_.empty()) {
        std::vector<int> fds;
        for (const pty::UniqueFd& fd : queue_.front().fds)
            fds.push_back(fd.get());
        if (!pty::send_message(link_.get(), queue_.front().bytes, fds, MSG_DONTWAIT) && errno == EAGAIN)
            return;
        queue_.pop_front(); // sent; or the worker has ended, which receive() is about to find
    }
    watch_->set_events(POLLIN);
}

void WorkerProcess::retire() {
    phase_ = wire::phase_retiring;
    watch_.reset();
    link_.reset();
}

void WorkerProcess::end(const char* why) {
    watch_.reset();
    link_.reset();
    ::kill(pid_, SIGKILL); // our child, not reaped yet: nobody else can have its number
    auto handler = on_end;
    handler(why);
}

} // namespace monitor
