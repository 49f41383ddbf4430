#include "jailcore/enter/linux/cgroup.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/memberships.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/text_field.hpp"

#include <algorithm>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace jailcore {

JailCgroups cgroups_of(const Target& target, const EnterSpec* spec) {
    JailCgroups cgroups;
    cgroups.own = spec != nullptr ? pty::get_text(spec->cgroup) : "";
    auto ours = memberships(target.self.get());
    auto theirs = memberships(target.proc.get());
    std::erase_if(theirs, [&](const Membership& one) {
        return std::ranges::find(ours, one) != ours.end() || (one.is_unified() && !cgroups.own.empty());
    });
    for (const Membership& membership : theirs)
        if (auto directory = directory_of(membership, target.mounts)) {
            if (membership.is_unified() || membership.has_controller("freezer"))
                cgroups.freezers.push_back(*directory);
            cgroups.others.push_back(std::move(*directory));
        }
    return cgroups;
}

std::optional<Freeze> find_freeze(const JailCgroups& cgroups) {
    if (auto freeze = cgroups.own.empty() ? std::nullopt : find_freeze(cgroups.own))
        return freeze;
    for (const std::string& directory : cgroups.freezers)
        if (auto freeze = find_freeze(directory))
            return freeze;
    return std::nullopt;
}

EnterFailure is_frozen(const Freeze& freeze) {
    return {"enter", "it is frozen by its cgroup " + freeze.cgroup, "to thaw it: " + freeze.thaw};
}

CgroupFiles open_cgroups(const JailCgroups& cgroups) {
    CgroupFiles result;
    auto open = [&](const std::string& directory) {
        std::string path = directory + "/cgroup.procs";
        pty::UniqueFd file(kernel::open(path.c_str(), O_WRONLY));
        if (file)
            result.files.push_back(std::move(file));
        return !result.files.empty();
    };
    if (!cgroups.own.empty()) {
        result.own_first = open(cgroups.own);
        if (!result.own_first && ::geteuid() == 0)
            throw pty::StepError(errno, "join cgroup", cgroups.own);
    }
    for (const std::string& directory : cgroups.others)
        open(directory);
    return result;
}

bool move_into_cgroup(int file, pid_t pid) {
    std::string number = std::to_string(pid);
    return kernel::write(file, number.data(), number.size()) == static_cast<ssize_t>(number.size());
}

} // namespace jailcore
