#include "pty/signals.hpp"

#include <array>
#include <climits>
#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>

namespace pty {

void reset_signals() {
    // By the bare call: glibc's posix_spawn leaves its own two real-time signals ignored, and its sigaction
    // refuses to touch them. A struct of zeros is SIG_DFL.
    const std::array<unsigned long, 8> defaults{};
    for (int signal = 1; signal < NSIG; ++signal)
        ::syscall(SYS_rt_sigaction, signal, defaults.data(), nullptr, (NSIG - 1) / CHAR_BIT);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

} // namespace pty
