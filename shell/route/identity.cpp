#include "shell/route/identity.hpp"

#include "pty/fd.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"
#include "router/wire/meeting.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace shell {
namespace {

bool is_demanded(int socket, std::chrono::milliseconds patience) {
    pollfd demand{socket, POLLIN, 0};
    char first = 0;
    return ::poll(&demand, 1, static_cast<int>(patience.count())) == 1 &&
           ::recv(socket, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first == wire::proof_demand;
}

} // namespace

void prove_identity(int socket, std::chrono::milliseconds patience) {
    pty::UniqueFd router(kernel::peer_process(socket));
    if (router || errno != ENOPROTOOPT || !is_demanded(socket, patience))
        return;
    char demand;
    // The socket is a stream; the router says nothing else before the proof, and what comes with descriptors
    // is read by itself on Linux anyway (net/unix/af_unix.c, unix_stream_read_generic()).
    pty::Received received = pty::receive_message(socket, {&demand, 1});
    if (received.fds.size() == 1)
        pty::send_message(received.fds[0].get(), {&demand, 1});
}

} // namespace shell
