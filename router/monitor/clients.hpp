// The clients: who may stay, and how each ends. Nothing that they send is read here. Who may not stay is told
// why in the one frame that the monitor writes itself.
#pragma once

#include "router/monitor/disposal.hpp"
#include "router/monitor/event_loop.hpp"
#include "router/monitor/listener.hpp"
#include "router/monitor/peer.hpp"
#include "router/monitor/peer_proof.hpp"
#include "router/wire/principal.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace monitor {

struct Client {
    enum class Stage {
        waiting, // for a worker
        served,  // a worker has its socket, and not yet its request
        set_up,  // its request has come
    };
    wire::Principal principal;
    Stage stage = Stage::waiting;
    pty::UniqueFd socket; // while it waits
    jailcore::ProcessHandle process;
    std::unique_ptr<EventLoop::Watch> watch; // of the peer; none once it has ended
    std::unique_ptr<EventLoop::Timer> timer; // then: until its worker has to have said so

    [[nodiscard]] bool is_there() const { return watch != nullptr; }
};

class Clients {
public:
    // `router`: whose router it is. `disposal`: null: what ends here needs none. It must outlive this.
    Clients(EventLoop& loop, wire::Principal router, Disposal* disposal)
        : loop_(loop), router_(router), disposal_(disposal), whereabouts_(own_whereabouts()) {}

    // One may stay, and waits for its worker.
    std::function<void(uint64_t number, wire::Principal)> on_client;
    // One is over; it is not listed any more.
    std::function<void(uint64_t number, const Client&)> on_over;
    // One who was to prove who it is has, or has been turned away.
    std::function<void()> on_proof;

    // Takes clients from `socket`, which stays the caller's. Throws pty::StepError.
    void listen(int socket);
    // Ends all of them, and takes no more.
    void close();

    // Whether who has connected may stay; perhaps it has yet to prove who it is.
    bool admit(pty::UniqueFd socket);
    // Null: there is none.
    [[nodiscard]] Client* find(uint64_t number);
    // Of that principal; null: there is none.
    [[nodiscard]] Client* find(uint64_t number, wire::Principal principal);
    [[nodiscard]] bool has_any_of(wire::Principal principal) const;
    [[nodiscard]] bool empty() const { return clients_.empty() && proving_.empty(); }

    // It has a worker from now on.
    static void serve(Client& client);
    // One that waits will not be served.
    void refuse(uint64_t number, const std::string& cause, std::string_view mend);
    // Its worker has said so.
    void over(uint64_t number);
    // Their worker has died, and they with it.
    void forget_served(wire::Principal principal);
    // How every socket ends that a stranger may have sent something to.
    void let_go(pty::UniqueFd socket);

private:
    // One whose identity is not certain yet.
    struct Proving {
        pty::UniqueFd socket;
        Peer peer;
        PeerProof proof;
        std::unique_ptr<EventLoop::Watch> watch; // of the proof
        std::unique_ptr<EventLoop::Timer> timer;
    };

    bool demand_proof(pty::UniqueFd socket, Peer peer);
    void take_proof(uint64_t number);
    bool keep(pty::UniqueFd socket, Peer peer);
    void peer_ended(uint64_t number);
    void turn_away(pty::UniqueFd socket, const std::string& cause, std::string_view mend);

    EventLoop& loop_;
    wire::Principal router_;
    Disposal* disposal_;
    std::shared_ptr<const Whereabouts> whereabouts_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::map<uint64_t, Proving> proving_;
    std::map<uint64_t, Client> clients_;
    uint64_t last_number_ = 0;
};

} // namespace monitor
