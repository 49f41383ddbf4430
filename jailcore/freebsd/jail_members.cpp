#include "jailcore/freebsd/jail_members.hpp"

#include "pty/error.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sys/param.h>
#include <sys/sysctl.h>
#include <sys/user.h>

namespace jailcore {
namespace {

// sysctl(3), KERN_PROC_PROC. There may be more of them by the time that there is room for them.
std::vector<kinfo_proc> all_processes() {
    constexpr int attempts = 16;
    constexpr size_t spare = 64;
    const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PROC};
    for (int attempt = 0; attempt < attempts; ++attempt) {
        size_t size = 0;
        pty::check(::sysctl(name, sizeof name / sizeof *name, nullptr, &size, nullptr, 0), "sysctl",
                   "kern.proc.proc");
        std::vector<kinfo_proc> processes(size / sizeof(kinfo_proc) + spare);
        size = processes.size() * sizeof(kinfo_proc);
        if (::sysctl(name, sizeof name / sizeof *name, processes.data(), &size, nullptr, 0) == -1) {
            if (errno == ENOMEM)
                continue;
            throw pty::StepError(errno, "sysctl", "kern.proc.proc");
        }
        processes.resize(size / sizeof(kinfo_proc));
        if (!processes.empty() && processes.front().ki_structsize != sizeof(kinfo_proc))
            throw pty::StepError(EPROTO, "sysctl", "kern.proc.proc");
        return processes;
    }
    throw pty::StepError(ENOMEM, "sysctl", "kern.proc.proc");
}

} // namespace

std::vector<Member> members_of(std::span<const int32_t> jids) {
    std::vector<Member> members;
    for (const kinfo_proc& process : all_processes())
        if (process.ki_stat != SZOMB && std::ranges::find(jids, process.ki_jid) != jids.end())
            members.push_back({process.ki_pid, process.ki_jid, process.ki_comm, process.ki_wmesg});
    return members;
}

void signal_members(std::span<const Member> members, int signal) {
    for (const Member& member : members)
        ::kill(member.pid, signal);
}

} // namespace jailcore
