#include "jailcore/listing/members.hpp"

#include "jailcore/freebsd/kernel_tables.hpp"
#include "jailcore/listing/freebsd/kinfo.hpp"
#include "jailcore/listing/freebsd/user_names.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unistd.h>

namespace jailcore {
namespace {

Process whole_process(const kinfo_proc& found) {
    Process process = process_in(found);
    process.command = command_of(found);
    return process;
}

// Numbers are the same inside and outside, but of a parent that is outside.
void set_parents(std::vector<JailProcess>& processes) {
    std::map<int32_t, const JailRecord*> jails;
    for (const JailProcess& one : processes)
        jails.emplace(one.jailed_pid, one.jail);
    for (JailProcess& one : processes)
        if (auto parent = jails.find(one.process.parent); parent != jails.end() && parent->second == one.jail)
            one.jailed_parent = parent->first;
}

} // namespace

// Those of a jail in a jail are that one's alone, as in ps(1), -J.
std::vector<JailProcess> jail_processes(std::span<const JailRecord> jails) {
    std::map<int32_t, const JailRecord*> by_number;
    for (const JailRecord& jail : jails)
        by_number.emplace(static_cast<int32_t>(jail.jid), &jail);
    UserNames users(jails);
    std::vector<JailProcess> processes;
    for (const kinfo_proc& found : kernel_processes()) {
        auto jail = by_number.find(found.ki_jid);
        if (jail == by_number.end() || found.ki_jid == 0)
            continue;
        Process process = whole_process(found);
        const std::string& user = users.name_of(*jail->second, process.user);
        processes.push_back({jail->second, process.pid, process.user, 0, std::move(process), user});
    }
    std::ranges::sort(processes, {}, [](const JailProcess& one) {
        return std::tuple(one.jail->jid, one.jailed_pid);
    });
    set_parents(processes);
    return processes;
}

std::string hidden_by() {
    std::string settings = ::geteuid() == 0 ? "" : kernel_table(KernelTable::hidden);
    if (settings.ends_with(' '))
        settings.pop_back();
    return settings;
}

std::optional<Process> program_of(const SessionRecord& session) {
    static const std::vector<kinfo_proc> processes = kernel_processes(); // a listing shows one moment
    const kinfo_proc* found = find_program(processes, session);
    return found != nullptr ? std::optional(whole_process(*found)) : std::nullopt;
}

} // namespace jailcore
