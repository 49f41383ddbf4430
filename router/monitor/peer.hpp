// Who is at the other end of an accepted connection: from the kernel, never from what the peer says.
#pragma once

#include "pty/fd.hpp"
#include "router/wire/principal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

namespace monitor {

struct Peer {
    wire::Principal principal;
    pid_t pid = 0;
    pty::UniqueFd process; // readable once the peer has ended
};

// Where a process lives. A root inside a jail with the host's uids looks like the host's own root to
// SO_PEERCRED; this tells it apart. Other mount, network or cgroup namespaces do not: services that are
// closed in have them, too.
struct Whereabouts {
    uint64_t pid_namespace = 0;
    uint64_t user_namespace = 0;
    uint64_t root_device = 0; // of the root directory
    uint64_t root_inode = 0;
    std::string cgroups; // as /proc/PID/cgroup has them
};

// Those of this process. Throws pty::StepError.
Whereabouts own_whereabouts();

// Who it was at the time that it connected: nothing else is looked at. Nothing where the kernel does not
// tell.
std::optional<wire::Principal> peer_principal(int socket);

struct PeerResult {
    std::optional<Peer> peer;
    std::string refusal; // why there is none, for its user
    // The kernel (before Linux 6.5) gave no more than a number, which may be another process's by now: who
    // answers to it has still to be proven (router/monitor/peer_proof.hpp).
    bool to_be_proven = false;
};

// Refuses a peer that lives elsewhere than `ours`, or in a jail that we do not live in, or whose identity
// cannot be held on to.
PeerResult identify_peer(int socket, const Whereabouts& ours);

} // namespace monitor
