#include "pty/kernel.hpp"
#include "pty/kernel_call.hpp"

#include <sys/socket.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 // Linux 6.5, include/uapi/asm-generic/socket.h
#endif

namespace kernel {

int peer_process(int socket) {
    return enter("peer_process", [&] {
        int process = -1;
        socklen_t size = sizeof process;
        return ::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &process, &size) == 0 ? process : -1;
    });
}

} // namespace kernel
