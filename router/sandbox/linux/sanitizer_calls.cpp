#include "router/sandbox/linux/sanitizer_calls.hpp"

#include <array>
#include <seccomp.h>

namespace sandbox {

// The leak check stops all threads from a clone of the process and reads their registers; reports go to
// stderr.
std::span<const int> sanitizer_calls() {
    static constexpr std::array calls{SCMP_SYS(getdents),
                                      SCMP_SYS(clone),
                                      SCMP_SYS(wait4),
                                      SCMP_SYS(ptrace),
                                      SCMP_SYS(prctl),
                                      SCMP_SYS(sched_yield),
                                      SCMP_SYS(getpid),
                                      SCMP_SYS(sigaltstack),
                                      SCMP_SYS(prlimit64),
                                      SCMP_SYS(mmap),
                                      SCMP_SYS(mprotect),
                                      SCMP_SYS(readlink),
                                      SCMP_SYS(readlinkat),
                                      SCMP_SYS(set_robust_list),
                                      SCMP_SYS(tgkill),
                                      SCMP_SYS(getppid),
                                      SCMP_SYS(process_vm_readv),
                                      SCMP_SYS(pipe),
                                      SCMP_SYS(pipe2),
                                      SCMP_SYS(sched_getaffinity)};
    return calls;
}

} // namespace sandbox
