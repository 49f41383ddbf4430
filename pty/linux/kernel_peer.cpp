#include "pty/kernel.hpp"
#include "pty/kernel_call.hpp"

#include <sys/socket.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 // Linux 6.5, include/uapi/asm-generic/socket.h
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 // Linux 6.16
#endif

namespace kernel {

int peer_process(int socket) {
    return enter("peer_process", [&] {
        int process = -1;
        socklen_t size = sizeof process;
        return ::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &process, &size) == 0 ? process : -1;
    });
}

int refuse_descriptors(int socket) {
    return enter("refuse_descriptors", [&] {
        const int no = 0;
        return ::setsockopt(socket, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof no);
    });
}

} // namespace kernel
