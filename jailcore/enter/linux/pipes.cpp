#include "jailcore/enter/pipes.hpp"

#include "jailcore/linux/kernel.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace jailcore {

bool is_pipe(int fd) {
    struct statfs filesystem {};
    struct stat facts {};
    return kernel::fstatfs(fd, &filesystem) == 0 && filesystem.f_type == PIPEFS_MAGIC &&
           kernel::fstat(fd, &facts) == 0 && S_ISFIFO(facts.st_mode);
}

} // namespace jailcore
