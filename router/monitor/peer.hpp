// Who is at the other end of an accepted connection: from the kernel, never from what the peer says.
#pragma once

#include "jailcore/process_handle.hpp"
#include "router/wire/principal.hpp"

#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

namespace monitor {

struct Peer {
    wire::Principal principal;
    pid_t pid = 0;
    jailcore::ProcessHandle process;
};

// Where a process lives, in the system's own terms: root inside a jail has the uid of the host's own root,
// and this tells it apart.
struct Whereabouts;

// Those of this process. Throws pty::StepError.
std::shared_ptr<const Whereabouts> own_whereabouts();

// Who it was at the time that it connected: nothing else is looked at. Nothing where the kernel does not
// tell.
std::optional<wire::Principal> peer_principal(int socket);

struct PeerResult {
    std::optional<Peer> peer;
    std::string refusal; // why there is none, for its user
    // The kernel gave no more than a number, which may be another process's by now: who answers to it has
    // still to be proven (router/monitor/peer_proof.hpp).
    bool to_be_proven = false;
};

// Refuses a peer that lives elsewhere than `ours`, or in a jail that we do not live in, or whose identity
// cannot be held on to.
PeerResult identify_peer(int socket, const Whereabouts& ours);

} // namespace monitor
