#include "jailcore/out_of_memory.hpp"

#include "jailcore/linux/mountinfo.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <string>
#include <string_view>

namespace jailcore {
namespace {

bool lists(std::string_view controllers, std::string_view name) {
    while (!controllers.empty())
        if (cut(controllers, ',') == name)
            return true;
    return false;
}

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
        std::string memberships = read_proc(AT_FDCWD, "/proc/" + std::to_string(pid) + "/cgroup");
        auto mounts = parse_mountinfo(read_proc(AT_FDCWD, "/proc/self/mountinfo"));
        std::string_view rest = memberships;
        while (!rest.empty()) {
            std::string_view line = cut(rest, '\n'); // ID:CONTROLLERS:PATH (cgroups(7))
            cut(line, ':');
            std::string_view controllers = cut(line, ':');
            bool unified = controllers.empty();
            if (!unified && !lists(controllers, "memory"))
                continue;
            auto mount = std::ranges::find_if(mounts, [&](const Mount& one) {
                return one.root == "/" && (unified ? one.type == "cgroup2"
                                                   : one.type == "cgroup" && one.has_super_option("memory"));
            });
            if (mount != mounts.end())
                count += count_in(mount->point + std::string(line) +
                                  (unified ? "/memory.events" : "/memory.oom_control"));
        }
    } catch (const pty::StepError&) {
        return 0; // it has ended
    }
    return count;
}

} // namespace jailcore
