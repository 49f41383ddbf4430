#include "router/monitor/peer_proof.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"
#include "router/wire/meeting.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <sys/socket.h>

namespace monitor {
namespace {

// Who wrote the message that is next, in our pid namespace. It stays where it is, with the descriptors that
// may have come with it (router/monitor/disposal.hpp). The kernel refuses to state another's number but
// to the namespace's own administrator (unix(7), SCM_CREDENTIALS).
std::optional<pid_t> writer_of(int socket) {
    char byte;
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (kernel::recvmsg(socket, &message, MSG_PEEK | MSG_DONTWAIT) <= 0)
        return std::nullopt;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS)
        return std::nullopt;
    ucred credentials{};
    std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
    return credentials.pid;
}

} // namespace

PeerProof::PeerProof(int client) {
    pty::SocketPair pair = pty::seqpacket_pair();
    int yes = 1;
    pty::check(kernel::setsockopt(pair.ours.get(), SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes),
               "socket option");
    kernel::refuse_descriptors(pair.ours.get()); // where it does not, the listeners' do not either
    int fds[] = {pair.theirs.get()};
    if (!pty::send_on_stream(client, {&wire::proof_demand, 1}, fds))
        throw pty::StepError(errno, "demand a proof", "peer");
    answer_ = std::move(pair.ours);
}

bool PeerProof::is_from(const Peer& peer) const {
    return writer_of(answer_.get()) == peer.pid && !peer.process.has_ended();
}

} // namespace monitor
