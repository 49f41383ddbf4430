#include "jailcore/linux/freezer.hpp"

#include "jailcore/linux/memberships.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"

#include <fcntl.h>
#include <string_view>
#include <vector>

namespace jailcore {
namespace {

std::string parent_of(const std::string& directory) {
    return directory.substr(0, directory.rfind('/'));
}

// The nearest of the directory and those above it in whose file `name` stands "1"; "" where none is left that
// has the file: the root of a hierarchy, or of what we see of it.
std::string find_set(std::string directory, const char* name, bool& readable) {
    for (; !directory.empty(); directory = parent_of(directory)) {
        auto value = read_setting(directory, name);
        if (!value)
            return {};
        readable = true;
        if (*value == "1")
            return directory;
    }
    return {};
}

// A cgroup that cannot be frozen at once, for one of its processes is in the middle of something, freezes
// what joins it all the same; so its switch counts, not its state.
std::optional<Freeze> find_unified(const std::string& directory, bool& unified) {
    if (std::string found = find_set(directory, "cgroup.freeze", unified); !found.empty())
        return Freeze{found, "echo 0 >" + found + "/cgroup.freeze"};
    auto events = unified ? read_setting(directory, "cgroup.events") : std::nullopt;
    if (events && events->find("frozen 1") != std::string::npos)
        return Freeze{directory, "write 0 to cgroup.freeze of the cgroup above it that is frozen"};
    return std::nullopt;
}

std::optional<Freeze> find_version_1(const std::string& directory) {
    auto state = read_setting(directory, "freezer.state");
    if (!state || *state == "THAWED")
        return std::nullopt;
    bool readable = false;
    std::string found = find_set(directory, "freezer.self_freezing", readable);
    if (found.empty())
        return Freeze{directory, "write THAWED to freezer.state of the cgroup above it that is frozen"};
    return Freeze{found, "echo THAWED >" + found + "/freezer.state"};
}

} // namespace

std::optional<Freeze> find_freeze(const std::string& directory) {
    bool unified = false;
    auto freeze = find_unified(directory, unified);
    return freeze || unified ? freeze : find_version_1(directory);
}

std::optional<Freeze> find_freeze(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid);
    pty::UniqueFd proc(kernel::open(path.c_str(), O_PATH | O_DIRECTORY));
    if (!proc)
        return std::nullopt;
    try {
        std::vector<Mount> mounts;
        for (const Membership& one : memberships(proc.get())) {
            if (!one.is_unified() && !one.has_controller("freezer"))
                continue;
            if (mounts.empty())
                mounts = parse_mountinfo(read_proc(AT_FDCWD, "/proc/self/mountinfo"));
            auto directory = directory_of(one, mounts);
            if (auto freeze = directory ? find_freeze(*directory) : std::nullopt)
                return freeze;
        }
    } catch (const pty::StepError&) {
        return std::nullopt; // it has ended
    }
    return std::nullopt;
}

} // namespace jailcore
