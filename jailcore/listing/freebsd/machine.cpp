#include "jailcore/listing/machine.hpp"

#include <ctime>
#include <sys/types.h>

#include <sys/sysctl.h>
#include <unistd.h>

namespace jailcore {
namespace {

uint64_t memory_size() {
    unsigned long bytes = 0;
    size_t size = sizeof bytes;
    return ::sysctlbyname("hw.physmem", &bytes, &size, nullptr, 0) == 0 ? bytes : 0;
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
