#include "shell/raw_terminal.hpp"

#include "pty/error.hpp"
#include "pty/terminal.hpp"

#include <cerrno>
#include <csignal>

namespace shell {
namespace {

int apply(int terminal, int when, const termios& settings) {
    int result = 0;
    do
        result = ::tcsetattr(terminal, when, &settings);
    while (result == -1 && errno == EINTR);
    return result;
}

} // namespace

void RawTerminal::enter() {
    if (!found_) {
        termios settings{};
        pty::check(::tcgetattr(terminal_, &settings), "terminal settings");
        found_ = settings;
    }
    pty::check(apply(terminal_, TCSANOW, pty::raw_settings(*found_)), "terminal settings");
    raw_ = true;
}

void RawTerminal::leave() noexcept {
    if (!raw_)
        return;
    raw_ = false;
    // In a background process group tcsetattr(3) would stop us, with the terminal left raw, unless SIGTTOU is
    // blocked.
    sigset_t background, before;
    sigemptyset(&background);
    sigaddset(&background, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &background, &before);
    apply(terminal_, TCSADRAIN, *found_);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace shell
