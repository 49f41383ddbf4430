#include "jailcore/out_of_memory.hpp"

#include "jailcore/linux/memberships.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"

#include <charconv>
#include <fcntl.h>
#include <string>
#include <string_view>

namespace jailcore {
namespace {

// Both versions count in lines of `KEY NUMBER` (Documentation/admin-guide/cgroup-v1/memory.rst,
// cgroup-v2.rst).
uint64_t count_in(const std::string& path) {
    constexpr std::string_view key = "oom_kill ";
    uint64_t count = 0;
    auto text = read_if_any(AT_FDCWD, path); // where there is a memory controller
    std::string_view rest = text ? std::string_view(*text) : "";
    while (!rest.empty())
        if (std::string_view line = cut(rest, '\n'); line.starts_with(key))
            std::from_chars(line.data() + key.size(), line.data() + line.size(), count);
    return count;
}

} // namespace

uint64_t out_of_memory_kills(pid_t pid) {
    uint64_t count = 0;
    try {
        std::string path = "/proc/" + std::to_string(pid);
        pty::UniqueFd process(pty::check(kernel::open(path.c_str(), O_PATH | O_DIRECTORY), "open", path));
        auto mounts = parse_mountinfo(read_proc(AT_FDCWD, "/proc/self/mountinfo"));
        for (const Membership& one : memberships(process.get())) {
            if (!one.is_unified() && !one.has_controller("memory"))
                continue;
            if (auto directory = directory_of(one, mounts))
                count += count_in(*directory + (one.is_unified() ? "/memory.events" : "/memory.oom_control"));
        }
    } catch (const pty::StepError&) {
        return 0; // it has ended
    }
    return count;
}

} // namespace jailcore
