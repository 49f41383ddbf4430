#include "router/monitor/message_writer.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <climits>
#include <cstring>
#include <sys/types.h>

#include <sys/socket.h>
#include <sys/un.h>

namespace monitor {

void ask_for_writers(int socket) {
    int yes = 1;
    pty::check(kernel::setsockopt(socket, SOL_LOCAL, LOCAL_CREDS_PERSISTENT, &yes, sizeof yes),
               "socket option");
}

// The kernel adds the credentials by itself (unix(4), LOCAL_CREDS_PERSISTENT; sys/kern/uipc_usrreq.c,
// unp_addsockcred()).
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

} // namespace monitor
