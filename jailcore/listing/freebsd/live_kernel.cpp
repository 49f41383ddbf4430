#include "jailcore/listing/live_kernel.hpp"

#include "jailcore/listing/freebsd/kinfo.hpp"
#include "jailcore/listing/freebsd/processor_time.hpp"

#include <chrono>
#include <map>
#include <string>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

using Clock = std::chrono::steady_clock;

uint64_t microseconds(const timeval& time) {
    constexpr uint64_t million = 1'000'000;
    return static_cast<uint64_t>(time.tv_sec) * million + static_cast<uint64_t>(time.tv_usec);
}

ProcessTime time_of(const kinfo_proc& process) {
    return {process.ki_pid, process.ki_ppid, microseconds(process.ki_start), process.ki_jid,
            process.ki_runtime + microseconds(process.ki_childtime)};
}

} // namespace

struct LiveKernel::Kept {
    Clock::time_point last;
    ProcessorTime times;
    std::map<uint32_t, std::string> jails; // names by number, of the last round
};

LiveKernel::LiveKernel() : kept_(std::make_unique<Kept>()) {}

LiveKernel::~LiveKernel() = default;

// Not by racct(9), which a kernel has off unless it was booted with it: its share of a processor counts what
// has ended again and again (a loop that runs date(1) has 3000 % there), and its time is in whole seconds.
std::vector<JailUsage> LiveKernel::usage(std::span<const JailRecord> jails) {
    constexpr double percent = 100;
    static const auto page = static_cast<uint64_t>(::getpagesize());
    std::map<int32_t, JailUsage> by_number;
    std::vector<ProcessTime> times;
    for (const kinfo_proc& process : kernel_processes()) {
        if (process.ki_jid == 0)
            continue;
        times.push_back(time_of(process));
        if (has_ended(process))
            continue;
        JailUsage& usage = by_number[process.ki_jid];
        ++usage.processes;
        usage.memory += static_cast<uint64_t>(process.ki_rssize) * page;
    }
    const Clock::time_point now = Clock::now();
    const double passed =
        std::chrono::duration<double, std::micro>(now - std::exchange(kept_->last, now)).count();
    std::map<int32_t, uint64_t> used = kept_->times.since_last(times);
    std::map<uint32_t, std::string> before = std::exchange(kept_->jails, {});
    std::vector<JailUsage> all;
    for (const JailRecord& jail : jails) {
        const auto number = static_cast<int32_t>(jail.jid);
        std::string name(pty::get_text(jail.name));
        JailUsage& usage = all.emplace_back(by_number[number]);
        if (auto known = before.find(jail.jid); known != before.end() && known->second == name && passed > 0)
            usage.cpu = static_cast<double>(used[number]) / passed * percent;
        kept_->jails.emplace(jail.jid, std::move(name));
    }
    return all;
}

std::vector<LiveSession> LiveKernel::sessions(std::span<const SessionRecord> sessions) {
    const std::vector<kinfo_proc> processes =
        sessions.empty() ? std::vector<kinfo_proc>() : kernel_processes();
    std::vector<LiveSession> described;
    for (const SessionRecord& record : sessions) {
        LiveSession& session =
            described.emplace_back(LiveSession{&record, record.terminal != 0 ? "?" : "-", ""});
        const kinfo_proc* found = find_program(processes, record);
        if (found == nullptr)
            continue;
        Process process = process_in(*found);
        session.program = process.name;
        if (record.terminal != 0)
            session.terminal = process.terminal;
    }
    return described;
}

} // namespace jailcore
