#include "jailcore/freebsd/starter/told_to_end.hpp"

#include "jailcore/freebsd/process.hpp"
#include "pty/error.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <sys/procctl.h>
#include <unistd.h>
#include <vector>

namespace jailcore {
namespace {

volatile sig_atomic_t told = 0;

void hear(int signal) {
    if (told != 0)
        ::kill(0, SIGKILL);
    told = signal;
}

bool is_short(std::string_view command) {
    constexpr std::array<std::string_view, 3> names{"mount", "umount", "ifconfig"};
    return std::ranges::find(names, command) != names.end() || command.starts_with("mount_");
}

bool is_hook(pid_t pid) {
    try {
        return !is_short(process_facts(pid).command);
    } catch (const pty::StepError&) {
        return false; // it has ended
    }
}

std::vector<pid_t> descendants() {
    procctl_reaper_status status = {};
    pty::check(::procctl(P_PID, ::getpid(), PROC_REAP_STATUS, &status), "procctl", "PROC_REAP_STATUS");
    constexpr unsigned spare = 64;
    std::vector<procctl_reaper_pidinfo> found(status.rs_descendants + spare);
    procctl_reaper_pids request = {};
    request.rp_count = static_cast<unsigned>(found.size());
    request.rp_pids = found.data();
    pty::check(::procctl(P_PID, ::getpid(), PROC_REAP_GETPIDS, &request), "procctl", "PROC_REAP_GETPIDS");
    std::vector<pid_t> pids;
    for (const procctl_reaper_pidinfo& process : found)
        if ((process.pi_flags & REAPER_PIDINFO_VALID) != 0)
            pids.push_back(process.pi_pid);
    return pids;
}

} // namespace

void heed_signals() {
    struct sigaction action = {};
    action.sa_handler = hear;
    for (int signal : {SIGHUP, SIGINT, SIGTERM})
        pty::check(::sigaction(signal, &action, nullptr), "sigaction");
}

bool is_told_to_end() {
    return told != 0;
}

void end_as_told() {
    const int signal = static_cast<int>(told);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    ::_exit(EXIT_FAILURE);
}

void adopt_hooks() {
    pty::check(::procctl(P_PID, ::getpid(), PROC_REAP_ACQUIRE, nullptr), "procctl", "PROC_REAP_ACQUIRE");
}

void kill_hooks(int jail) {
    for (pid_t pid : descendants())
        if (pid != jail && is_hook(pid))
            ::kill(pid, SIGKILL);
}

} // namespace jailcore
