// Counts that noise hardly moves: system calls, context switches and processor time, by perf_event_open(2).
#pragma once

#include "pty/fd.hpp"

#include <optional>
#include <sys/types.h>
#include <vector>

namespace bench {

struct Counts {
    double system_calls = 0;
    double context_switches = 0;
    double processor_ms = 0;
};

// Counts from its construction, in the given processes as they are now and in what they start from then on.
class Counters {
public:
    // With `new_children`, also in every process that the caller starts from now on, from its first exec.
    // Usable is false where the kernel does not let us count (CAP_PERFMON, or perf_event_paranoid -1).
    Counters(const std::vector<pid_t>& processes, bool new_children);
    [[nodiscard]] bool usable() const { return usable_; }
    [[nodiscard]] Counts read() const;

private:
    void add(pid_t thread, bool on_exec);

    std::vector<pty::UniqueFd> system_calls_;
    std::vector<pty::UniqueFd> context_switches_;
    std::vector<pty::UniqueFd> processor_ns_;
    bool usable_ = true;
};

} // namespace bench
