#include "shell/route/identity.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <sys/socket.h>

namespace shell {

uid_t listener_of(int socket) {
    ucred credentials{};
    unsigned size = sizeof credentials;
    pty::check(kernel::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size), "getsockopt",
               "SO_PEERCRED");
    return credentials.uid;
}

} // namespace shell
