#include "jailcore/linux/starter/remove.hpp"

#include "jailcore/linux/kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <poll.h>
#include <sys/wait.h>

namespace jailcore {
namespace {

int64_t now_milliseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

} // namespace

bool await_end(int pidfd, int64_t milliseconds) {
    constexpr int64_t step = 10; // between two looks for dead children
    int64_t deadline = now_milliseconds() + milliseconds;
    for (;;) {
        constexpr int most_at_once = 256; // else a jail that makes more of them would never be looked at
        bool dead = true;
        for (int count = 0; dead && count < most_at_once; ++count)
            dead = ::waitpid(-1, nullptr, WNOHANG) > 0;
        int64_t left = milliseconds < 0 ? step : std::clamp<int64_t>(deadline - now_milliseconds(), 0, step);
        pollfd ended{pidfd, POLLIN, 0};
        if (::poll(&ended, 1, static_cast<int>(left)) == 1)
            return true;
        if (left == 0)
            return false;
    }
}

bool remove_jail(int pidfd) {
    if (kernel::pidfd_send_signal(pidfd, SIGKILL) == -1 && errno != ESRCH)
        return false;
    return await_end(pidfd, -1);
}

} // namespace jailcore
