#include "jailcore/enter/pipes.hpp"

#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace jailcore {

bool is_pipe(int fd) {
    struct statfs filesystem = {};
    struct stat facts = {};
    return kernel::fstatfs(fd, &filesystem) == 0 && filesystem.f_type == PIPEFS_MAGIC &&
           kernel::fstat(fd, &facts) == 0 && S_ISFIFO(facts.st_mode);
}

void give_pipes(uint32_t uid, uint32_t gid) {
    for (int fd : {0, 1, 2})
        if (is_pipe(fd))
            pty::check(kernel::fchown(fd, uid, gid), "give pipes");
}

} // namespace jailcore
