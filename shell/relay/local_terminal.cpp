#include "shell/relay/local_terminal.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace shell {
namespace {

int size_source(int input, int output) {
    for (int fd : {input, output})
        if (::isatty(fd) == 1)
            return fd;
    return -1;
}

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

LocalTerminal::LocalTerminal(int input, int output, const pty::WindowSize& told)
    : output_(output), typed_(::isatty(input) == 1), size_source_(size_source(input, output)), told_(told),
      raw_(input) {}

void LocalTerminal::enter() {
    if (typed_)
        raw_.enter();
}

std::optional<pty::WindowSize> LocalTerminal::changed_size() {
    if (size_source_ < 0)
        return std::nullopt;
    pty::WindowSize size = pty::window_size(size_source_);
    if (size == std::exchange(told_, size))
        return std::nullopt;
    return size;
}

void LocalTerminal::restore() {
    std::string reset = std::exchange(modes_, {}).reset();
    pollfd output{output_, POLLOUT, 0};
    // Only where it can be written at once: a terminal that is stuck must not keep us from ending.
    if (!reset.empty() && ::isatty(output_) == 1 && ::poll(&output, 1, 0) == 1)
        kernel::write(output_, reset.data(), reset.size());
    raw_.leave();
}

} // namespace shell
