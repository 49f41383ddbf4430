#include "bench/harness_counters.hpp"

#include "bench/harness_process.hpp"

#include <cstdint>
#include <fstream>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bench {
namespace {

// The number of the tracepoint raw_syscalls:sys_enter; it differs from kernel to kernel.
std::optional<uint64_t> system_call_tracepoint() {
    for (const char* root : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
        std::ifstream file(std::string(root) + "/events/raw_syscalls/sys_enter/id");
        if (uint64_t id = 0; file >> id)
            return id;
    }
    return std::nullopt;
}

pty::UniqueFd open_counter(uint32_t type, uint64_t config, pid_t thread, bool on_exec) {
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = type;
    attributes.config = config;
    attributes.inherit = 1;
    attributes.disabled = on_exec;
    attributes.enable_on_exec = on_exec;
    return pty::UniqueFd(
        static_cast<int>(::syscall(SYS_perf_event_open, &attributes, thread, -1, -1, PERF_FLAG_FD_CLOEXEC)));
}

double total(const std::vector<pty::UniqueFd>& counters) {
    double sum = 0;
    for (const pty::UniqueFd& counter : counters)
        if (uint64_t value = 0; ::read(counter.get(), &value, sizeof value) == sizeof value)
            sum += static_cast<double>(value);
    return sum;
}

} // namespace

Counters::Counters(const std::vector<pid_t>& processes, bool new_children) {
    for (pid_t process : processes)
        for (pid_t thread : threads_of(process))
            add(thread, false);
    if (new_children)
        add(0, true);
}

void Counters::add(pid_t thread, bool on_exec) {
    static const std::optional<uint64_t> tracepoint = system_call_tracepoint();
    if (!tracepoint) {
        usable_ = false;
        return;
    }
    system_calls_.push_back(open_counter(PERF_TYPE_TRACEPOINT, *tracepoint, thread, on_exec));
    context_switches_.push_back(
        open_counter(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, thread, on_exec));
    processor_ns_.push_back(open_counter(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, thread, on_exec));
    usable_ = usable_ && system_calls_.back() && context_switches_.back() && processor_ns_.back();
}

Counts Counters::read() const {
    return {total(system_calls_), total(context_switches_), total(processor_ns_) / 1e6};
}

} // namespace bench
