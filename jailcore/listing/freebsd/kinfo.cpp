#include "jailcore/listing/freebsd/kinfo.hpp"

#include "jailcore/freebsd/kernel_tables.hpp"
#include "jailcore/freebsd/process_table.hpp"
#include "pty/error.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <map>
#include <sys/proc.h>

namespace jailcore {
namespace {

constexpr int64_t million = 1'000'000;

int64_t microseconds(clockid_t clock) {
    constexpr int64_t nanoseconds_of_one = 1000;
    timespec time{};
    ::clock_gettime(clock, &time);
    return time.tv_sec * million + time.tv_nsec / nanoseconds_of_one;
}

// ki_start counts from 1970, what we have from when the machine was started.
uint64_t start_of(const kinfo_proc& process) {
    const int64_t start = process.ki_start.tv_sec * million + process.ki_start.tv_usec;
    const int64_t since_boot = start - (microseconds(CLOCK_REALTIME) - microseconds(CLOCK_UPTIME));
    return since_boot > 0 ? static_cast<uint64_t>(since_boot) : 0;
}

// ps(1)'s letter (bin/ps/print.c, state()).
char letter_of(const kinfo_proc& process) {
    constexpr long can_be_interrupted = 0x8; // TDF_SINTR of sys/proc.h, the kernel's alone
    constexpr unsigned long_asleep = 20;     // seconds, MAXSLP
    switch (process.ki_stat) {
    case SSTOP:
        return 'T';
    case SSLEEP:
        if ((process.ki_tdflags & can_be_interrupted) == 0)
            return 'D';
        return process.ki_slptime >= long_asleep ? 'I' : 'S';
    case SRUN:
    case SIDL:
        return 'R';
    case SWAIT:
        return 'W';
    case SLOCK:
        return 'L';
    case SZOMB:
        return 'Z';
    default:
        return '?';
    }
}

} // namespace

std::vector<kinfo_proc> kernel_processes() {
    return processes_in(kernel_table(KernelTable::processes));
}

bool has_ended(const kinfo_proc& process) {
    return process.ki_stat == SZOMB;
}

const kinfo_proc* find_program(const std::vector<kinfo_proc>& processes, const SessionRecord& session) {
    auto found = std::ranges::find_if(processes, [&](const kinfo_proc& one) {
        return session.pid == (session.terminal != 0 ? one.ki_ppid : one.ki_pid) && !has_ended(one);
    });
    return found != processes.end() ? &*found : nullptr;
}

std::string terminal_of(const kinfo_proc& process) {
    static std::map<uint64_t, std::string> names;
    if (process.ki_tdev == static_cast<uint64_t>(NODEV))
        return "-";
    try {
        auto [found, is_new] = names.try_emplace(process.ki_tdev);
        if (found->second.empty())
            found->second = kernel_table(KernelTable::terminal, process.ki_tdev);
        return found->second;
    } catch (const pty::StepError&) {
        return "?";
    }
}

Process process_in(const kinfo_proc& found) {
    Process process;
    process.pid = found.ki_pid;
    process.parent = found.ki_ppid;
    process.pids = {found.ki_pid};
    process.user = found.ki_uid;
    process.terminal = terminal_of(found);
    process.ticks = found.ki_runtime;
    process.start_time = start_of(found);
    process.state = letter_of(found);
    process.group = found.ki_pgid;
    process.session = found.ki_sid;
    process.foreground = found.ki_tpgid;
    process.nice = found.ki_nice;
    process.threads = static_cast<uint32_t>(found.ki_numthreads);
    process.virtual_size = found.ki_size;
    process.resident = static_cast<uint64_t>(found.ki_rssize);
    process.name = {found.ki_comm, ::strnlen(found.ki_comm, sizeof found.ki_comm)};
    return process;
}

std::string command_of(const kinfo_proc& process) {
    std::string arguments;
    try {
        arguments = kernel_table(KernelTable::arguments, static_cast<uint64_t>(process.ki_pid));
    } catch (const pty::StepError&) { // it has ended, or has none that may be seen
    }
    while (!arguments.empty() && arguments.back() == '\0')
        arguments.pop_back();
    for (char& c : arguments)
        if (c == '\0')
            c = ' ';
    if (arguments.empty())
        arguments =
            "[" + std::string(process.ki_comm, ::strnlen(process.ki_comm, sizeof process.ki_comm)) + "]";
    return arguments;
}

} // namespace jailcore
