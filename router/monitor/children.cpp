#include "router/monitor/children.hpp"

#include <sys/wait.h>
#include <vector>

namespace monitor {

std::optional<int> Children::claim_ended(pid_t pid, EventLoop::Clock::time_point since) {
    auto found = unclaimed_.extract(pid);
    if (found.empty() || found.mapped().when < since)
        return std::nullopt;
    return found.mapped().status;
}

// There may be more dead than can be collected in a moment, for whoever shares our pid namespace leaves us
// its orphans, and each call looks at all of our children (kernel/exit.c, do_wait): the rest waits for the
// next turn of the loop, behind everybody's requests, but not those whom somebody waits for.
void Children::reap() {
    constexpr int most_at_once = 16;
    before_reaping();
    int status = 0;
    for (int count = 0; count < most_at_once; ++count) {
        pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid <= 0)
            return;
        ended(pid, status);
    }
    std::vector<pid_t> known;
    for (const auto& [pid, on_end] : claimed_)
        known.push_back(pid);
    for (pid_t pid : known)
        if (::waitpid(pid, &status, WNOHANG) == pid)
            ended(pid, status);
    again_ = std::make_unique<EventLoop::Timer>(loop_, std::chrono::seconds(0), [this] {
        reap();
    });
}

void Children::ended(pid_t pid, int status) {
    if (auto claimed = claimed_.extract(pid); !claimed.empty())
        claimed.mapped()(status);
    else if (more_may_be_claimed())
        unclaimed_[pid] = {status, EventLoop::Clock::now()};
    else
        unclaimed_.clear();
}

} // namespace monitor
