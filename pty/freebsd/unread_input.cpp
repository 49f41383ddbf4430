#include "pty/unread_input.hpp"

namespace pty {

// A master's FIONREAD is of the output (sys/kern/tty_pts.c, ptsdev_ioctl()), the slave has no name in every
// mount of devfs, and whoever opens it changes how the session ends.
std::optional<bool> unread_input(int /*master*/) {
    return std::nullopt;
}

} // namespace pty
