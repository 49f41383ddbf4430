// The directory of a router: its sockets, its lock, its state. For the system's router 0755, so that
// everybody can ask it and its policy decides; there is a socket of root's own beside that of everybody. Any
// other is 0700.
#pragma once

#include "pty/fd.hpp"

#include <string>
#include <vector>

namespace monitor {

class RuntimeDirectory {
public:
    // Makes what is missing, takes the lock, and listens on `socket`, and on root's own where `everybody` may
    // connect to that. Throws pty::StepError: EWOULDBLOCK from
    // step "lock" where another router holds it; EPERM where the directory is somebody else's or a link.
    RuntimeDirectory(const std::string& socket, bool everybody);
    ~RuntimeDirectory();
    RuntimeDirectory(const RuntimeDirectory&) = delete;
    RuntimeDirectory& operator=(const RuntimeDirectory&) = delete;

    [[nodiscard]] int listener() const { return listener_.get(); }
    [[nodiscard]] int root_listener() const { return root_listener_.get(); } // -1: there is none
    // Nobody can send descriptors to who is accepted from them (kernel::refuse_descriptors).
    [[nodiscard]] bool refuses_descriptors() const { return refuses_descriptors_; }
    // For whoever is to close them; nobody can connect once they are.
    std::vector<pty::UniqueFd> give_up_listeners();
    [[nodiscard]] int state() const { return state_.get(); }
    [[nodiscard]] std::string state_path() const { return socket_.substr(0, socket_.rfind('/')) + "/state"; }

private:
    std::string socket_;
    std::string root_socket_;
    pty::UniqueFd directory_;
    pty::UniqueFd lock_; // held for as long as the router lives; closing it is what lets the next one start
    pty::UniqueFd state_;
    pty::UniqueFd listener_;
    pty::UniqueFd root_listener_;
    bool refuses_descriptors_ = true;
};

} // namespace monitor
