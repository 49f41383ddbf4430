// How much of the processors each jail has used from one look at the processes to the next. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <span>

namespace jailcore {

struct ProcessTime {
    int32_t pid = 0;
    int32_t parent = 0;
    uint64_t start = 0; // with the pid it names one process
    int32_t jid = 0;
    uint64_t used = 0; // microseconds, with those of its children that it has waited for
};

class ProcessorTime {
public:
    // Microseconds since the last call, by the number of the jail. What came and went meanwhile is in it
    // where a process of the jail has waited for it.
    std::map<int32_t, uint64_t> since_last(std::span<const ProcessTime> processes);

private:
    std::map<int32_t, ProcessTime> last_; // by pid
};

} // namespace jailcore
