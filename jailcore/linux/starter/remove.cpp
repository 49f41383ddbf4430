#include "jailcore/linux/starter/remove.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "jailcore/linux/starter/cgroup.hpp"
#include "jailcore/linux/starter/thaw.hpp"
#include "jailcore/listing/linux/cgroup_tree.hpp"
#include "jailcore/starter/output.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/wait.h>

namespace jailcore {
namespace {

int64_t now_milliseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// What a line of proc's status begins with `key` for; "" where there is none.
std::string_view value_of(std::string_view status, std::string_view key) {
    while (!status.empty())
        if (std::string_view line = cut(status, '\n'); line.starts_with(key))
            return line.substr(key.size());
    return {};
}

// The tracer that has stopped the process; "" where none has.
std::string tracer_of(pid_t pid) {
    auto status = read_if_any(AT_FDCWD, "/proc/" + std::to_string(pid) + "/status");
    if (!status || !value_of(*status, "State:\t").starts_with('t'))
        return {};
    return std::string(value_of(*status, "TracerPid:\t"));
}

// What is dead after SIGKILL is dead soon, or waits.
std::string why_it_lives(pid_t jinit, const std::string& members) {
    std::vector<int32_t> pids = pids_of_cgroup(members.substr(0, members.rfind('/')));
    pids.push_back(jinit);
    for (pid_t pid : pids)
        if (std::string tracer = tracer_of(pid); !tracer.empty())
            return std::string("process ")
                .append(std::to_string(pid))
                .append(" is held by ")
                .append(tracer)
                .append(", which traces it: 'kill -9 ")
                .append(tracer)
                .append("' frees it");
    return "one of them waits for a file system or a device that does not answer: 'ps -eo pid,stat,wchan:32' "
           "shows it in state D";
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
        int64_t left = std::clamp<int64_t>(deadline - now_milliseconds(), 0, step);
        pollfd ended{pidfd, POLLIN, 0};
        if (::poll(&ended, 1, static_cast<int>(left)) == 1)
            return true;
        if (left == 0)
            return false;
    }
}

void remove_jail(pid_t pid, int pidfd, const std::string& members) {
    constexpr int64_t first_look = 200; // milliseconds: most are dead by then
    constexpr int64_t deadline = 10'000;
    kill_cgroup(members, pidfd);
    if (kernel::pidfd_send_signal(pidfd, SIGKILL) == -1 && errno != ESRCH)
        throw StartFailure(with_cause("jail_remove", errno));
    if (await_end(pidfd, first_look))
        return;
    std::optional<Freeze> freeze = thaw_jail(pid, members);
    if (await_end(pidfd, deadline))
        return;
    throw StartFailure("jail_remove: its processes were killed and have not ended after 10 seconds; " +
                       (freeze ? still_frozen(*freeze) : why_it_lives(pid, members)));
}

} // namespace jailcore
