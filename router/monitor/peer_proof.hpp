// A kernel may tell a peer by a number only, and a number may have become another process's since the peer
// connected. So the peer is sent a socket of its own, made after a process of that number was held, and has
// to write to it: the kernel tells who did. While the process that is held is alive, nobody else has its
// number; so whoever writes under that number is that process.
#pragma once

#include "router/monitor/peer.hpp"

#include <utility>

namespace monitor {

class PeerProof {
public:
    // Demands it of the client on `client`, whose bytes stay unread. Throws pty::StepError.
    explicit PeerProof(int client);

    // Readable once it was given, or refused.
    [[nodiscard]] int answer() const { return answer_.get(); }
    // It may hold what strangers sent: for whoever is to close it.
    pty::UniqueFd give_up_answer() { return std::move(answer_); }

    // Whether what came is from `peer`, which is alive; what was written is of no importance.
    [[nodiscard]] bool is_from(const Peer& peer) const;

private:
    pty::UniqueFd answer_;
};

} // namespace monitor
