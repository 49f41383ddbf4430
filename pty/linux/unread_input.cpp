#include "pty/unread_input.hpp"

#include "pty/fd.hpp"
#include "pty/linux/kernel.hpp"

#include <fcntl.h>
#include <poll.h>

namespace pty {

// A master does not tell. The slave is open for a moment only, since whoever has it open keeps the session
// from its end. What has just been written arrives by the kernel's worker threads, for which this poll(2)
// waits (tty_buffer_flush_work() in drivers/tty/n_tty.c).
std::optional<bool> unread_input(int master) {
    UniqueFd slave(kernel::pty_peer(master, O_RDONLY | O_NOCTTY | O_NONBLOCK));
    pollfd entry{slave.get(), POLLIN, 0};
    if (!slave || ::poll(&entry, 1, 0) == -1)
        return std::nullopt;
    return (entry.revents & POLLIN) != 0;
}

} // namespace pty
