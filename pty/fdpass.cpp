#include "pty/fdpass.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <sys/socket.h>
#include <utility>

namespace pty {
namespace {

// POSIX has socklen_t for both lengths, Linux size_t.
using ControlLength = decltype(msghdr::msg_controllen);

struct ControlBuffer {
    alignas(cmsghdr) char bytes[CMSG_SPACE(max_passed_fds * sizeof(int))];
};

bool send(int socket, std::string_view data, std::span<const int> fds, int flags) {
    iovec part{const_cast<char*>(data.data()), data.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    ControlBuffer control{};
    if (!fds.empty()) {
        message.msg_control = control.bytes;
        message.msg_controllen = static_cast<ControlLength>(CMSG_SPACE(fds.size_bytes()));
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = static_cast<ControlLength>(CMSG_LEN(fds.size_bytes()));
        std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
    }
    return kernel::sendmsg(socket, &message, flags) == static_cast<ssize_t>(data.size());
}

} // namespace

// MSG_EOR: to FreeBSD 15 such a socket is a stream, with marks where the sender sets them. To Linux each is a
// message anyway.
bool send_message(int socket, std::string_view data, std::span<const int> fds, int flags) {
    return send(socket, data, fds, flags | MSG_EOR);
}

bool send_on_stream(int socket, std::string_view data, std::span<const int> fds) {
    return send(socket, data, fds, MSG_DONTWAIT);
}

// MSG_TRUNC is not everywhere: FreeBSD 15 keeps what did not fit for the next call. So there is room for one
// byte more than fits.
Received receive_message(int socket, std::span<char> buffer, int flags) {
    char excess;
    iovec parts[]{{buffer.data(), buffer.size()}, {&excess, 1}};
    ControlBuffer control{};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = std::size(parts);
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    Received received;
    received.size = kernel::recvmsg(socket, &message, flags);
    if (received.size < 0)
        return received;
    received.truncated =
        (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || std::cmp_greater(received.size, buffer.size());
    received.size = std::min(received.size, std::ssize(buffer));
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            received.fds.emplace_back(fd);
        }
    }
    return received;
}

SocketPair seqpacket_pair() {
    int fds[2];
    check(kernel::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), "socketpair");
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Pipe make_pipe(int flags) {
    int fds[2];
    check(kernel::pipe2(fds, flags), "pipe");
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

} // namespace pty
