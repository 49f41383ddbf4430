#include "shell/route/identity.hpp"

#include "pty/error.hpp"

#include <sys/types.h>

#include <sys/socket.h>
#include <sys/ucred.h>
#include <sys/un.h>

namespace shell {

// unix(4): of whoever called listen(2).
uid_t listener_of(int socket) {
    xucred credentials{};
    socklen_t size = sizeof credentials;
    pty::check(::getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &credentials, &size), "getsockopt",
               "LOCAL_PEERCRED");
    return credentials.cr_uid;
}

} // namespace shell
