#include "router/monitor/clients.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "router/monitor/policy.hpp"
#include "router/wire/control.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace monitor {
namespace {

constexpr size_t max_clients = 4096; // of one principal
constexpr size_t max_proving = 256;  // in all
constexpr std::chrono::seconds proof_time{10};
constexpr std::chrono::seconds last_words{5}; // of a worker, about a client whose process has ended

} // namespace

void Clients::listen(int socket) {
    listeners_.emplace_back(std::make_unique<Listener>(loop_, socket, [this](pty::UniqueFd client) {
        return admit(std::move(client));
    }));
}

void Clients::close() {
    listeners_.clear();
    for (auto& [number, proving] : proving_) {
        proving.watch.reset();
        let_go(proving.proof.give_up_answer());
        let_go(std::move(proving.socket));
    }
    for (auto& [number, client] : clients_)
        if (client.socket)
            let_go(std::move(client.socket));
    proving_.clear();
    clients_.clear();
}

// By what costs least first: most who are turned away are somebody else.
bool Clients::admit(pty::UniqueFd socket) {
    if (auto peer = peer_principal(socket.get()); peer && !may(router_, *peer, std::nullopt, {})) {
        turn_away(std::move(socket), "uid " + std::to_string(peer->uid()) + " may not use this router",
                  use_another(router_));
        return false;
    }
    PeerResult result = identify_peer(socket.get(), *whereabouts_);
    if (!result.peer) {
        turn_away(std::move(socket), result.refusal, "connect from the host that the router runs on");
        return false;
    }
    return result.to_be_proven ? demand_proof(std::move(socket), std::move(*result.peer))
                               : keep(std::move(socket), std::move(*result.peer));
}

bool Clients::demand_proof(pty::UniqueFd socket, Peer peer) {
    uint64_t number = ++last_number_;
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
        return true;
    } catch (const pty::StepError& error) {
        turn_away(std::move(socket), std::string("who you are cannot be found out: ") + error.what(),
                  "try again");
        return false;
    }
}

void Clients::take_proof(uint64_t number) {
    Proving proving = std::move(proving_.extract(number).mapped());
    bool proven = proving.proof.is_from(proving.peer);
    proving.watch.reset();
    let_go(proving.proof.give_up_answer());
    if (proven)
        keep(std::move(proving.socket), std::move(proving.peer));
    else
        turn_away(std::move(proving.socket), "your process has not proven that it is the one that connected",
                  "use the client that came with this router");
    on_proof();
}

bool Clients::keep(pty::UniqueFd socket, Peer peer) {
    auto open = std::ranges::count_if(clients_, [&](const auto& item) {
        return item.second.principal == peer.principal;
    });
    if (static_cast<size_t>(open) >= max_clients) {
        turn_away(std::move(socket), "you have too many connections open", "close some");
        return false;
    }
    uint64_t number = ++last_number_;
    Client& client = clients_[number];
    client.principal = peer.principal;
    client.socket = std::move(socket);
    client.process = std::move(peer.process);
    client.watch =
        std::make_unique<EventLoop::Watch>(loop_, client.process.end(), POLLIN, [this, number](short) {
            peer_ended(number);
        });
    on_client(number, peer.principal);
    return true;
}

Client* Clients::find(uint64_t number) {
    auto found = clients_.find(number);
    return found == clients_.end() ? nullptr : &found->second;
}

Client* Clients::find(uint64_t number, wire::Principal principal) {
    Client* client = find(number);
    return client != nullptr && client->principal == principal ? client : nullptr;
}

bool Clients::has_any_of(wire::Principal principal) const {
    return std::ranges::any_of(clients_, [&](const auto& item) {
        return item.second.principal == principal;
    });
}

void Clients::serve(Client& client) {
    client.stage = Client::Stage::served;
    client.socket.reset(); // the worker's is the last: what was sent is freed there
}

void Clients::refuse(uint64_t number, const std::string& cause, std::string_view mend) {
    auto refused = clients_.extract(number);
    turn_away(std::move(refused.mapped().socket), cause, mend);
}

// Its sessions die with the peer, whatever the worker says of it. But the peer may have ended because the
// worker is being killed, whose descriptors the kernel closes one by one, that of our link among the last;
// and sessions outlive a worker. So the worker has a while to say it, or to end.
void Clients::peer_ended(uint64_t number) {
    Client& client = clients_.at(number);
    if (client.stage == Client::Stage::waiting)
        return over(number);
    client.watch.reset();
    client.process = {};
    client.timer = std::make_unique<EventLoop::Timer>(loop_, last_words, [this, number] {
        over(number);
    });
}

void Clients::over(uint64_t number) {
    auto over = clients_.extract(number);
    for (auto& listener : listeners_)
        listener->resume();
    if (over.mapped().socket)
        let_go(std::move(over.mapped().socket));
    on_over(number, over.mapped());
}

void Clients::forget_served(wire::Principal principal) {
    std::erase_if(clients_, [&](const auto& item) {
        return item.second.principal == principal && item.second.stage != Client::Stage::waiting;
    });
}

void Clients::turn_away(pty::UniqueFd socket, const std::string& cause, std::string_view mend) {
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

void Clients::let_go(pty::UniqueFd socket) {
    if (disposal_ != nullptr)
        disposal_->take(std::move(socket));
}

} // namespace monitor
