#include "jailcore/enter/pipes.hpp"

#include <sys/stat.h>

namespace jailcore {

// A pipe is on no device, a FIFO of a file system on one (sys/kern/sys_pipe.c, pipe_stat()).
bool is_pipe(int fd) {
    struct stat facts {};
    return ::fstat(fd, &facts) == 0 && S_ISFIFO(facts.st_mode) && facts.st_nlink == 0;
}

} // namespace jailcore
