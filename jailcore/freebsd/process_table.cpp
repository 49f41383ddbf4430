#include "jailcore/freebsd/process_table.hpp"

#include "pty/error.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/sysctl.h>

namespace jailcore {

// There may be more of it by the time that there is room for it.
std::string kernel_variable(std::span<const int> name) {
    constexpr int attempts = 16;
    constexpr size_t slack =
        16; // what is new between the two calls is a sixteenth at most, or it is asked again
    const auto count = static_cast<unsigned>(name.size());
    for (int attempt = 0; attempt < attempts; ++attempt) {
        size_t size = 0;
        pty::check(::sysctl(name.data(), count, nullptr, &size, nullptr, 0), "sysctl");
        std::string value(size + size / slack, '\0');
        size = value.size();
        if (::sysctl(name.data(), count, value.data(), &size, nullptr, 0) == 0) {
            value.resize(size);
            return value;
        }
        if (errno != ENOMEM)
            break;
    }
    throw pty::StepError(errno, "sysctl", {});
}

std::string process_table() {
    return kernel_variable(std::array{CTL_KERN, KERN_PROC, KERN_PROC_PROC});
}

std::vector<kinfo_proc> processes_in(std::string_view table) {
    std::vector<kinfo_proc> processes(table.size() / sizeof(kinfo_proc));
    std::memcpy(static_cast<void*>(processes.data()), table.data(), processes.size() * sizeof(kinfo_proc));
    for (const kinfo_proc& process : processes)
        if (process.ki_structsize != sizeof process || table.size() % sizeof process != 0)
            throw pty::StepError(EPROTO, "read", "the kernel's processes");
    return processes;
}

} // namespace jailcore
