#include "jailcore/listing/machine.hpp"

#include "jailcore/freebsd/kernel_tables.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string>
#include <unistd.h>

namespace jailcore {
namespace {

uint64_t memory_size() {
    const std::string answer = kernel_table(KernelTable::memory);
    uint64_t bytes = 0;
    std::memcpy(&bytes, answer.data(), std::min(answer.size(), sizeof bytes));
    return bytes;
}

} // namespace

// What the kernel tells of a process is in microseconds (sys/user.h, kinfo_proc): they are the ticks.
PsMachine this_machine() {
    constexpr uint64_t million = 1'000'000;
    PsMachine machine;
    machine.ticks_per_second = million;
    machine.page = static_cast<uint64_t>(::getpagesize());
    machine.memory = memory_size();
    machine.now = ::time(nullptr);
    timespec up{};
    ::clock_gettime(CLOCK_UPTIME, &up);
    constexpr uint64_t nanoseconds_of_a_tick = 1000;
    machine.uptime = static_cast<uint64_t>(up.tv_sec) * million +
                     static_cast<uint64_t>(up.tv_nsec) / nanoseconds_of_a_tick;
    return machine;
}

} // namespace jailcore
