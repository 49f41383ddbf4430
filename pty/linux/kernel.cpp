#include "pty/linux/kernel.hpp"

#include "pty/kernel_call.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

namespace kernel {

int pty_peer(int master, int flags) {
    return enter("pty_peer", [&] {
        return ::ioctl(master, TIOCGPTPEER, flags | O_CLOEXEC);
    });
}

} // namespace kernel
