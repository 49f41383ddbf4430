#include "router/monitor/message_writer.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <cstring>
#include <sys/socket.h>

namespace monitor {

void ask_for_writers(int socket) {
    int yes = 1;
    pty::check(kernel::setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes), "socket option");
}

// In our pid namespace. The kernel refuses to state another's number but to the namespace's own administrator
// (unix(7), SCM_CREDENTIALS).
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

} // namespace monitor
