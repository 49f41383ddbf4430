#include "jailcore/listing/machine.hpp"

#include <ctime>
#include <fstream>
#include <unistd.h>

namespace jailcore {
namespace {

// proc(5): /proc/meminfo, whose first line is "MemTotal: N kB".
uint64_t memory_size() {
    std::ifstream file("/proc/meminfo");
    std::string name;
    uint64_t kibibytes = 0;
    file >> name >> kibibytes;
    return file && name == "MemTotal:" ? kibibytes * 1024 : 0;
}

} // namespace

PsMachine this_machine() {
    PsMachine machine;
    machine.ticks_per_second = static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
    machine.page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    machine.memory = memory_size();
    machine.now = ::time(nullptr);
    timespec up{};
    ::clock_gettime(CLOCK_BOOTTIME, &up);
    constexpr uint64_t nanoseconds = 1'000'000'000;
    machine.uptime = static_cast<uint64_t>(up.tv_sec) * machine.ticks_per_second +
                     static_cast<uint64_t>(up.tv_nsec) * machine.ticks_per_second / nanoseconds;
    return machine;
}

} // namespace jailcore
