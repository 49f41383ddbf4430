// Which router a client talks to: docs/architecture.md, "Which router".
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace shell {

struct RouterAddress {
    std::string socket;
    std::string root_socket; // tried before it: nobody but root can connect to it; "" where there is none
    std::string directory;   // of the socket; "" where it is not ours to make
    mode_t mode = 0;         // of the directory
    bool on_demand = false;  // start the router where none listens
    bool private_router = false;
    bool operator==(const RouterAddress&) const = default;
};

// What the choice depends on.
struct Circumstances {
    std::string option;                     // --router, or ""
    uid_t uid = 0;                          // effective
    std::optional<std::string> runtime_dir; // XDG_RUNTIME_DIR where it is an existing directory of `uid`'s
};

// Root has the system's router, everybody else a private one; --router overrides, and is never started on
// demand. Root's own socket is tried first for the system's router, however that was chosen. Pure.
RouterAddress choose_router(const Circumstances& circumstances);

// choose_router for this process. Throws FailureError where the path does not fit into a socket's address
// (unix(7), sun_path).
RouterAddress router_address(const std::string& option);

// Trusts the directory of a router that is started on demand only where it is a directory, no link, of our
// own user, that nobody else can write to and, for a private router, closed to everybody else: in /tmp
// anybody can make one first. That of another socket may be root's, too, or sticky. Throws FailureError.
void trust_directory(const RouterAddress& address);

// The same, and makes it first where there is none.
void prepare_directory(const RouterAddress& address);

} // namespace shell
