// Joining the cgroups of a jail: its limits then hold for what we execute there, and its end ends us.
#include "jailcore/linux/enter_target.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/mountinfo.hpp"

#include "jailcore/linux/proc_file.hpp"
#include "jailcore/report.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace jailcore {
namespace {

// One line of /proc/PID/cgroup, `ID:CONTROLLERS:PATH` (cgroups(7)); the unified hierarchy has no controllers.
struct Membership {
    std::string controllers;
    std::string path;
    bool operator==(const Membership&) const = default;
};

std::vector<Membership> memberships(int proc) {
    std::vector<Membership> result;
    std::string text = read_proc(proc, "cgroup");
    std::string_view rest = text;
    while (!rest.empty()) {
        std::string_view line = cut(rest, '\n');
        cut(line, ':');
        std::string controllers(cut(line, ':'));
        result.push_back({std::move(controllers), std::string(line)});
    }
    return result;
}

bool is_hierarchy_of(const Mount& mount, std::string_view controllers) {
    if (mount.root != "/" || mount.type != (controllers.empty() ? "cgroup2" : "cgroup"))
        return false;
    while (!controllers.empty())
        if (!mount.has_super_option(cut(controllers, ',')))
            return false;
    return true;
}

bool join(const std::string& directory) {
    pty::UniqueFd processes(kernel::open((directory + "/cgroup.procs").c_str(), O_WRONLY));
    return processes && kernel::write(processes.get(), "0", 1) == 1;
}

// As far as we may: without privilege, or where a hierarchy is not ours to change, the program stays where
// the router is.
void join_those_of(const Target& target, bool unified) {
    auto ours = memberships(target.self.get());
    auto theirs = memberships(target.proc.get());
    std::erase_if(theirs, [&](const Membership& one) {
        return std::ranges::find(ours, one) != ours.end() || (one.controllers.empty() && !unified);
    });
    if (theirs.empty())
        return;
    auto mounts = parse_mountinfo(read_proc(target.self.get(), "mountinfo"));
    for (const Membership& membership : theirs)
        for (const Mount& mount : mounts)
            if (is_hierarchy_of(mount, membership.controllers) && join(mount.point + membership.path))
                break;
}

} // namespace

void join_cgroups(const Target& target, const EnterSpec* spec) {
    std::string_view own = spec != nullptr ? get_text(spec->cgroup) : "";
    if (!own.empty() && !join(std::string(own)) && ::geteuid() == 0)
        throw pty::StepError(errno, "join cgroup", own);
    join_those_of(target, own.empty());
}

} // namespace jailcore
