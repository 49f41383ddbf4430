#include "jailcore/listing/freebsd/processor_time.hpp"

#include <utility>

namespace jailcore {
namespace {

using Processes = std::map<int32_t, ProcessTime>;

const ProcessTime* find(const Processes& processes, int32_t pid, uint64_t start) {
    auto found = processes.find(pid);
    return found != processes.end() && found->second.start == start ? &found->second : nullptr;
}

// What those that are gone had used by the last look, by the pid of the nearest ancestor that is still there:
// it has been seen before, and is in that one's use now.
std::map<int32_t, uint64_t> passed_on(const Processes& before, const Processes& now) {
    auto is_gone = [&](const ProcessTime& process) {
        return find(now, process.pid, process.start) == nullptr;
    };
    std::map<int32_t, uint64_t> passed;
    for (const auto& [pid, process] : before) {
        if (!is_gone(process))
            continue;
        int32_t heir = process.parent;
        size_t steps = 0; // those that were looked at while they changed could lead round in a circle
        for (auto next = before.find(heir);
             next != before.end() && is_gone(next->second) && steps < before.size();
             next = before.find(heir), ++steps)
            heir = next->second.parent;
        passed[heir] += process.used;
    }
    return passed;
}

} // namespace

std::map<int32_t, uint64_t> ProcessorTime::since_last(std::span<const ProcessTime> processes) {
    Processes now;
    for (const ProcessTime& process : processes)
        now.emplace(process.pid, process);
    const std::map<int32_t, uint64_t> passed = passed_on(last_, now);
    std::map<int32_t, uint64_t> used;
    for (const auto& [pid, process] : now) {
        uint64_t known = 0;
        if (const ProcessTime* before = find(last_, pid, process.start)) {
            auto inherited = passed.find(pid);
            known = before->used + (inherited != passed.end() ? inherited->second : 0);
        }
        used[process.jid] += process.used > known ? process.used - known : 0;
    }
    last_ = std::move(now);
    return used;
}

} // namespace jailcore
