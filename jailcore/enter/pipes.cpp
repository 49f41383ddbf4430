#include "jailcore/enter/pipes.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

namespace jailcore {

void give_pipes(uint32_t uid, uint32_t gid) {
    for (int fd : {0, 1, 2})
        if (is_pipe(fd))
            pty::check(kernel::fchown(fd, uid, gid), "give pipes");
}

} // namespace jailcore
