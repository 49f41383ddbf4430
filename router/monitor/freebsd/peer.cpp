#include "router/monitor/peer.hpp"

#include "jailcore/freebsd/process.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <sys/types.h>

#include <sys/socket.h>
#include <sys/ucred.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace monitor {

struct Whereabouts {
    int jail = 0; // its number; 0: none. A router may live in a jail itself.
};

namespace {

// unix(4): as it was when the peer connected.
xucred credentials_of(int socket) {
    xucred credentials{};
    unsigned size = sizeof credentials;
    pty::check(kernel::getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &credentials, &size), "getsockopt",
               "LOCAL_PEERCRED");
    return credentials;
}

} // namespace

std::shared_ptr<const Whereabouts> own_whereabouts() {
    return std::make_shared<const Whereabouts>(Whereabouts{jailcore::process_facts(::getpid()).jail});
}

std::optional<wire::Principal> peer_principal(int socket) {
    try {
        return wire::Principal(credentials_of(socket).cr_uid);
    } catch (const pty::StepError&) {
        return std::nullopt;
    }
}

PeerResult identify_peer(int socket, const Whereabouts& ours) {
    PeerResult result;
    try {
        xucred credentials = credentials_of(socket);
        Peer peer{wire::Principal(credentials.cr_uid), credentials.cr_pid,
                  jailcore::ProcessHandle(credentials.cr_pid)};
        result.to_be_proven = true;
        if (jailcore::process_facts(peer.pid).jail != ours.jail)
            result.refusal = "you are in another jail than this router";
        else
            result.peer = std::move(peer);
    } catch (const pty::StepError& error) {
        result.refusal = std::string("who you are cannot be found out: ") + error.what();
    }
    return result;
}

} // namespace monitor
