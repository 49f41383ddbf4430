#include "router/monitor/peer_proof.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"
#include "router/wire/meeting.hpp"

#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <sys/types.h>

#include <sys/socket.h>
#include <sys/un.h>

namespace monitor {
namespace {

// Who wrote the message that is next. It stays where it is. The kernel adds the credentials by itself
// (unix(4), LOCAL_CREDS_PERSISTENT; sys/kern/uipc_usrreq.c, unp_addsockcred()).
std::optional<pid_t> writer_of(int socket) {
    char byte;
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(SOCKCRED2SIZE(NGROUPS_MAX + 1))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (kernel::recvmsg(socket, &message, MSG_PEEK | MSG_DONTWAIT) <= 0)
        return std::nullopt;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDS2)
            continue;
        sockcred2 credentials{};
        std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
        return credentials.sc_pid;
    }
    return std::nullopt;
}

} // namespace

PeerProof::PeerProof(int client) {
    pty::SocketPair pair = pty::seqpacket_pair();
    int yes = 1;
    pty::check(kernel::setsockopt(pair.ours.get(), SOL_LOCAL, LOCAL_CREDS_PERSISTENT, &yes, sizeof yes),
               "socket option");
    int fds[] = {pair.theirs.get()};
    if (!pty::send_on_stream(client, {&wire::proof_demand, 1}, fds))
        throw pty::StepError(errno, "demand a proof", "peer");
    answer_ = std::move(pair.ours);
}

bool PeerProof::is_from(const Peer& peer) const {
    return writer_of(answer_.get()) == peer.pid && !peer.process.has_ended();
}

} // namespace monitor
