// A process by a descriptor of Linux's (pidfd_open(2)), as a helper is given one.
#pragma once

#include "pty/io.hpp"

namespace jailcore {

inline bool has_ended(int pidfd) {
    return pty::is_readable(pidfd);
}

} // namespace jailcore
