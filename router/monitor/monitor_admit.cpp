// Which clients may stay, and when their worker gets them: nothing that they sent has been read by then.
#include "router/monitor/monitor.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "router/wire/control.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <utility>

namespace monitor {
namespace {

constexpr size_t max_connections = 4096; // of one principal
constexpr size_t max_setting_up = 256;   // of these, whose request its worker still waits for
constexpr size_t max_proving = 256;      // in all
constexpr std::chrono::seconds proof_time{10};

} // namespace

// By what costs least first: most who are turned away are of another uid.
bool Monitor::admit(pty::UniqueFd socket) {
    if (auto peer = peer_principal(socket.get()); peer && !may(own_, *peer, std::nullopt, {})) {
        refuse(std::move(socket), "uid " + std::to_string(peer->uid()) + " may not use this router",
               use_another(own_));
        return false;
    }
    PeerResult result = identify_peer(socket.get(), whereabouts_);
    if (!result.peer) {
        refuse(std::move(socket), result.refusal, "connect from the host that the router runs on");
        return false;
    }
    return result.to_be_proven ? demand_proof(std::move(socket), std::move(*result.peer))
                               : serve(std::move(socket), std::move(*result.peer));
}

bool Monitor::demand_proof(pty::UniqueFd socket, Peer peer) {
    uint64_t number = ++last_connection_;
    try {
        if (proving_.size() >= max_proving)
            throw pty::StepError(EAGAIN, "identify", "many clients at once");
        PeerProof proof(socket.get());
        auto watch = std::make_unique<EventLoop::Watch>(loop_, proof.answer(), POLLIN, [this, number](short) {
            take_proof(number);
        });
        auto timer = std::make_unique<EventLoop::Timer>(loop_, proof_time, [this, number] {
            take_proof(number);
        });
        proving_.emplace(number, Proving{std::move(socket), std::move(peer), std::move(proof),
                                         std::move(watch), std::move(timer)});
        idle_timer_.reset();
        return true;
    } catch (const pty::StepError& error) {
        refuse(std::move(socket), std::string("who you are cannot be found out: ") + error.what(),
               "try again");
        return false;
    }
}

void Monitor::take_proof(uint64_t number) {
    Proving proving = std::move(proving_.extract(number).mapped());
    bool proven = proving.proof.is_from(proving.peer);
    proving.watch.reset();
    let_go(proving.proof.give_up_answer());
    if (proven)
        serve(std::move(proving.socket), std::move(proving.peer));
    else
        refuse(std::move(proving.socket), "your process has not proven that it is the one that connected",
               "use the client that came with this router");
    leave_when_idle();
}

bool Monitor::serve(pty::UniqueFd socket, Peer peer) {
    wire::Principal principal = peer.principal;
    auto open = std::ranges::count_if(connections_, [principal](const auto& item) {
        return item.second.principal == principal;
    });
    if (static_cast<size_t>(open) >= max_connections) {
        refuse(std::move(socket), "you have too many connections open", "close some");
        return false;
    }
    uint64_t number = ++last_connection_;
    Connection& connection = connections_[number];
    connection.principal = principal;
    connection.socket = std::move(socket);
    connection.process = std::move(peer.process);
    connection.watch =
        std::make_unique<EventLoop::Watch>(loop_, connection.process.get(), POLLIN, [this, number](short) {
            peer_ended(number);
        });
    idle_timer_.reset();
    workers_[principal].waiting.push_back(number);
    hand_over_waiting(principal);
    return true;
}

// Those that wait cost two descriptors each, and the worker nothing; some wait for the next worker.
void Monitor::hand_over_waiting(wire::Principal principal) {
    Worker& worker = workers_[principal];
    while (!worker.next && worker.setting_up < max_setting_up && !worker.waiting.empty()) {
        uint64_t number = worker.waiting.front();
        worker.waiting.pop_front();
        if (connections_.contains(number))
            hand_over(number);
    }
}

void Monitor::hand_over(uint64_t number) {
    Connection& connection = connections_.at(number);
    try {
        WorkerProcess& worker = worker_of(connection.principal);
        wire::LinkConnection message;
        message.connection = number;
        int fds[] = {connection.socket.get()};
        worker.send(message, fds);
        connection.socket.reset();
        ++workers_[connection.principal].setting_up;
    } catch (const pty::StepError& error) {
        spdlog::error("worker of {}: {}", connection.principal.text(), error.what());
        refuse(std::move(connection.socket), std::string("no worker can be started: ") + error.what(),
               look_at_log());
        connections_.erase(number);
    }
}

// Its worker has read what it is for, or does not wait for that any more.
void Monitor::set_up(Connection& connection) {
    if (connection.socket || std::exchange(connection.set_up, true))
        return;
    --workers_[connection.principal].setting_up;
    hand_over_waiting(connection.principal);
}

// The one frame that the monitor sends itself; nothing that the client sent has been read.
void Monitor::refuse(pty::UniqueFd socket, const std::string& cause, std::string_view mend) {
    std::string frame =
        wire::control_frame(wire::RouterMessage(wire::Error{"", "connect", cause, std::string(mend), 255}));
    iovec part{frame.data(), frame.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    kernel::sendmsg(socket.get(), &message, MSG_DONTWAIT);
    // What was sent to us stays unread: reading would free the descriptors in it here, and last for as long
    // as more comes. The client has our frame all the same (unix(7): the queue is its own).
    ::shutdown(socket.get(), SHUT_RDWR);
    let_go(std::move(socket));
}

// How every socket ends that a stranger may have sent something to.
void Monitor::let_go(pty::UniqueFd socket) {
    if (disposal_)
        disposal_->take(std::move(socket));
}

} // namespace monitor
