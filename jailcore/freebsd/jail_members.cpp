#include "jailcore/freebsd/jail_members.hpp"

#include "jailcore/freebsd/process_table.hpp"

#include <algorithm>
#include <csignal>
#include <sys/proc.h>

namespace jailcore {
std::vector<Member> members_of(std::span<const int32_t> jids) {
    std::vector<Member> members;
    for (const kinfo_proc& process : processes_in(process_table()))
        if (process.ki_stat != SZOMB && std::ranges::find(jids, process.ki_jid) != jids.end())
            members.push_back({process.ki_pid, process.ki_jid, process.ki_comm, process.ki_wmesg});
    return members;
}

void signal_members(std::span<const Member> members, int signal) {
    for (const Member& member : members)
        ::kill(member.pid, signal);
}

} // namespace jailcore
