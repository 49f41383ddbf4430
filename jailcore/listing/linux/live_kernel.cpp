#include "jailcore/listing/live_kernel.hpp"

#include "jailcore/listing/linux/kept_file.hpp"
#include "jailcore/listing/linux/proc_text.hpp"
#include "jailcore/listing/linux/usage.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace jailcore {

struct LiveKernel::Kept {
    UsageMeter meter;
    std::unordered_map<int32_t, KeptFile> stats; // of the leaders of sessions
};

namespace {

// By /proc/PID/stat alone: reading a command line could wait for the jail (proc(5): it is the process's own
// memory), and this goes on for hours.
LiveSession describe(const SessionRecord& record, KeptFile& stat) {
    LiveSession session{&record, record.terminal != 0 ? "?" : "-", ""};
    std::array<char, 1024> buffer{};
    auto text = stat.read(buffer);
    Process process;
    if (!text || !parse_stat(*text, process))
        return session;
    session.program = process.name;
    if (record.terminal != 0)
        session.terminal = process.terminal;
    return session;
}

} // namespace

LiveKernel::LiveKernel() : kept_(std::make_unique<Kept>()) {
    keep_files_open();
}

LiveKernel::~LiveKernel() = default;

std::vector<JailUsage> LiveKernel::usage(std::span<const JailRecord> jails) {
    return kept_->meter.measure(jails);
}

std::vector<LiveSession> LiveKernel::sessions(std::span<const SessionRecord> sessions) {
    std::vector<LiveSession> described;
    for (const SessionRecord& record : sessions) {
        std::string path = "/proc/" + std::to_string(record.pid) + "/stat";
        described.push_back(describe(record, kept_->stats.try_emplace(record.pid, path).first->second));
    }
    std::erase_if(kept_->stats, [&](const auto& item) {
        return std::ranges::find(sessions, item.first, &SessionRecord::pid) == sessions.end();
    });
    return described;
}

} // namespace jailcore
