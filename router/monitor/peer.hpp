// Who is at the other end of an accepted connection: from the kernel, never from what the peer says.
#pragma once

#include "pty/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

namespace monitor {

struct Peer {
    uid_t uid = 0;
    pid_t pid = 0;
    pty::UniqueFd process; // readable once the peer has ended
};

// The namespaces that a process's numbers count in. A root inside a jail with the host's uids looks like the
// host's own root to SO_PEERCRED; its namespaces tell it apart.
struct PeerNamespaces {
    uint64_t pid = 0;
    uint64_t user = 0;
    bool operator==(const PeerNamespaces&) const = default;
};

// Those of this process. Throws pty::StepError.
PeerNamespaces own_namespaces();

struct PeerResult {
    std::optional<Peer> peer;
    std::string refusal; // why there is none, for its user
};

// Refuses a peer that lives in other namespaces than `ours`, or whose identity cannot be held on to.
PeerResult identify_peer(int socket, const PeerNamespaces& ours);

} // namespace monitor
