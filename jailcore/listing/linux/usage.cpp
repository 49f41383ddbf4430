#include "jailcore/listing/linux/usage.hpp"

#include "jailcore/contract/linux/record.hpp"
#include "jailcore/listing/linux/cgroup_tree.hpp"
#include "jailcore/listing/linux/proc_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

// After so many rounds, who is in no jail is looked at anew: a pid may have become another's within one
// round.
constexpr uint64_t rounds_of_trust = 30;
constexpr double microseconds = 1e6;
constexpr double percent = 100;

std::optional<uint64_t> number_of(KeptFile& file) {
    std::array<char, 64> buffer{};
    auto text = file.read(buffer);
    uint64_t value = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
        return {};
    return value;
}

// cgroups(7): the first line of cpu.stat is "usage_usec N".
std::optional<uint64_t> cpu_of(KeptFile& file) {
    constexpr std::string_view key = "usage_usec ";
    std::array<char, 256> buffer{};
    auto text = file.read(buffer);
    uint64_t value = 0;
    if (!text || !text->starts_with(key) ||
        std::from_chars(text->data() + key.size(), text->data() + text->size(), value).ec != std::errc())
        return {};
    return value;
}

double ticks_to_microseconds(uint64_t ticks) {
    static const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    return static_cast<double>(ticks) / per_second * microseconds;
}

} // namespace

std::vector<JailUsage> UsageMeter::measure(std::span<const JailRecord> jails) {
    Clock::time_point now = Clock::now();
    ++round_;
    take_jails(jails);
    usage_.assign(jails_.size(), {});
    for (JailUsage& usage : usage_)
        usage.cpu = 0;
    for (size_t i = 0; i < jails_.size(); ++i)
        measure_controllers(i);
    if (scan_)
        measure_processes();
    double passed = std::chrono::duration<double>(now - std::exchange(last_, now)).count() * microseconds;
    for (size_t i = 0; i < jails_.size(); ++i) {
        if (std::exchange(jails_[i].measured, true) && passed > 0)
            usage_[i].cpu = *usage_[i].cpu / passed * percent;
        else
            usage_[i].cpu.reset();
    }
    return usage_;
}

// ---- the jails

void UsageMeter::take_jails(std::span<const JailRecord> records) {
    bool same = std::ranges::equal(records, jails_, [](const JailRecord& record, const Jail& jail) {
        return record.jid == jail.jid && record.start_time == jail.start_time;
    });
    if (same)
        return;
    std::vector<Jail> old = std::exchange(jails_, {});
    std::vector<std::optional<size_t>> moved(old.size());
    for (const JailRecord& record : records) {
        auto known = std::ranges::find_if(old, [&](const Jail& jail) {
            return jail.jid == record.jid && jail.start_time == record.start_time;
        });
        if (known != old.end())
            moved[static_cast<size_t>(known - old.begin())] = jails_.size();
        jails_.push_back(known != old.end() ? std::move(*known) : make_jail(record));
        if (known != old.end())
            known->jid = 0;
    }
    // Who was in no jail may be in one that is new.
    std::erase_if(seen_, [&](const auto& item) {
        const std::optional<Member>& member = item.second.member;
        return !member || !moved[member->jail];
    });
    for (auto& [pid, seen] : seen_)
        seen.member->jail = *moved[seen.member->jail];
    take_namespaces(records);
}

UsageMeter::Jail UsageMeter::make_jail(const JailRecord& record) {
    Jail jail{record.jid,
              record.pid,
              record.start_time,
              Source::descendants,
              std::string(pty::get_text(record.cgroup)),
              nullptr,
              {},
              false};
    if (!jail.directory.empty()) {
        jail.cgroup = std::make_unique<Cgroup>(Cgroup{KeptFile(jail.directory + "/cpu.stat"),
                                                      KeptFile(jail.directory + "/memory.current"),
                                                      KeptFile(jail.directory + "/pids.current")});
        if (cpu_of(jail.cgroup->cpu) && number_of(jail.cgroup->memory) && number_of(jail.cgroup->processes)) {
            jail.source = Source::controllers;
            return jail;
        }
        jail.cgroup.reset();
        jail.source = Source::cgroup_members;
    }
    if ((record.flags & jail_own_pid_namespace) != 0)
        jail.source = Source::pid_namespace;
    return jail;
}

void UsageMeter::take_namespaces(std::span<const JailRecord> records) {
    namespaces_ = {};
    scan_ = descendants_ = false;
    for (size_t i = 0; i < jails_.size(); ++i) {
        scan_ = scan_ || jails_[i].source != Source::controllers;
        descendants_ = descendants_ || jails_[i].source == Source::descendants;
        if (jails_[i].source == Source::pid_namespace)
            namespaces_.add(linux_of(records[i]).pid_namespace, i);
    }
}

void UsageMeter::measure_controllers(size_t index) {
    Jail& jail = jails_[index];
    if (jail.source != Source::controllers)
        return;
    JailUsage& usage = usage_[index];
    usage.memory = number_of(jail.cgroup->memory).value_or(0);
    usage.processes = static_cast<uint32_t>(number_of(jail.cgroup->processes).value_or(0));
    auto cpu = cpu_of(jail.cgroup->cpu);
    if (cpu && jail.cpu && *cpu > *jail.cpu)
        usage.cpu = static_cast<double>(*cpu - *jail.cpu);
    jail.cpu = cpu;
}

// ---- the processes

void UsageMeter::measure_processes() {
    in_cgroup_.clear();
    for (size_t i = 0; i < jails_.size(); ++i)
        if (jails_[i].source == Source::cgroup_members)
            for (int32_t pid : pids_of_cgroup(jails_[i].directory))
                in_cgroup_[pid] = i;
    if (round_ % rounds_of_trust == 0) {
        namespaces_.forget();
        std::erase_if(seen_, [](const auto& item) {
            return !item.second.member;
        });
    }
    for (int32_t pid : all_pids())
        measure_process(pid);
    std::erase_if(seen_, [this](const auto& item) {
        return item.second.round != round_;
    });
}

void UsageMeter::measure_process(int32_t pid) {
    auto found = seen_.find(pid);
    if (found != seen_.end()) {
        Seen& seen = found->second;
        seen.round = round_;
        if (seen.member) {
            if (auto process = read_process(seen.member->stat)) {
                measure_member(*seen.member, *process);
                return;
            }
            // It has ended, and another has its number.
        } else if (!in_cgroup_.contains(pid)) {
            return;
        }
    }
    KeptFile stat("/proc/" + std::to_string(pid) + "/stat");
    auto process = read_process(stat);
    if (!process)
        return;
    Seen& seen = seen_[pid];
    seen.round = round_;
    seen.member.reset();
    auto jail = jail_of(pid, *process);
    if (!jail)
        return;
    // What is new since the last round has used all it used since then.
    bool is_new = jails_[*jail].measured;
    seen.member = Member{*jail, std::move(stat), is_new ? 0 : process->ticks};
    measure_member(*seen.member, *process);
}

void UsageMeter::measure_member(Member& member, const Process& process) {
    static const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    JailUsage& usage = usage_[member.jail];
    ++usage.processes;
    usage.memory += process.resident * page;
    if (process.ticks > member.ticks)
        *usage.cpu += ticks_to_microseconds(process.ticks - member.ticks);
    member.ticks = process.ticks;
}

std::optional<size_t> UsageMeter::jail_of(int32_t pid, const Process& process) {
    if (auto found = in_cgroup_.find(pid); found != in_cgroup_.end())
        return found->second;
    if (!namespaces_.empty())
        if (auto jail = namespaces_.jail_of(ProcFolder(pid)))
            return jail;
    if (!descendants_)
        return {};
    for (size_t i = 0; i < jails_.size(); ++i)
        if (jails_[i].pid == pid && jails_[i].source == Source::descendants)
            return i;
    auto parent = seen_.find(process.parent);
    bool child = parent != seen_.end() && parent->second.member &&
                 jails_[parent->second.member->jail].source == Source::descendants;
    return child ? std::optional(parent->second.member->jail) : std::nullopt;
}

std::optional<Process> UsageMeter::read_process(KeptFile& stat) {
    std::array<char, 1024> buffer{};
    auto text = stat.read(buffer);
    Process process;
    if (!text || !parse_stat(*text, process))
        return {};
    return process;
}

} // namespace jailcore
