#include "jailcore/linux/starter/thaw.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/memberships.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "jailcore/linux/starter/cgroup.hpp"
#include "jailcore/listing/linux/cgroup_tree.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <fcntl.h>
#include <string_view>
#include <vector>

namespace jailcore {
namespace {

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

// What cannot be written is seen from what is read afterwards.
void write_setting(const std::string& directory, const char* name, std::string_view value) {
    pty::UniqueFd file(kernel::open((directory + "/" + name).c_str(), O_WRONLY));
    if (file)
        kernel::write(file.get(), value.data(), value.size());
}

bool is_thawed(const std::string& directory) {
    auto state = read_setting(directory, "freezer.state");
    return !state || *state == "THAWED";
}

// The processes of a jail in the hierarchy of version 1 that freezes.
class Version1 {
public:
    Version1() {
        ours_ = read("/proc/self");
        if (is_mounted())
            mounts_ = parse_mountinfo(read_proc(AT_FDCWD, "/proc/self/mountinfo"));
    }

    [[nodiscard]] bool is_mounted() const { return freezer_of(ours_) != nullptr; }

    // `unified`: the cgroup of version 2 that it must be in, for the pid may be another's by now; "": any.
    std::optional<Freeze> thaw(pid_t pid, std::string_view unified) {
        auto theirs = read("/proc/" + std::to_string(pid));
        const Membership* freezer = freezer_of(theirs);
        auto directory = freezer != nullptr ? directory_of(*freezer, mounts_) : std::nullopt;
        if (!directory || is_thawed(*directory) || !is_below(theirs, unified))
            return std::nullopt;
        write_setting(*directory, "freezer.state", "THAWED");
        // Frozen from above: where we are, who run, it runs, too.
        if (!is_thawed(*directory))
            if (auto here = directory_of(*freezer_of(ours_), mounts_))
                write_setting(*here, "cgroup.procs", std::to_string(pid));
        const std::string path = freezer->path;
        theirs = read("/proc/" + std::to_string(pid));
        freezer = freezer_of(theirs);
        return freezer != nullptr && freezer->path == path ? find_freeze(*directory) : std::nullopt;
    }

private:
    static std::vector<Membership> read(const std::string& proc) {
        try {
            pty::UniqueFd folder(pty::check(kernel::open(proc.c_str(), O_PATH | O_DIRECTORY), "open", proc));
            return memberships(folder.get());
        } catch (const pty::StepError&) {
            return {}; // it has ended
        }
    }
    static const Membership* freezer_of(const std::vector<Membership>& all) {
        auto found = std::ranges::find_if(all, [](const Membership& one) {
            return one.has_controller("freezer");
        });
        return found == all.end() ? nullptr : &*found;
    }
    static bool is_below(const std::vector<Membership>& all, std::string_view unified) {
        return unified.empty() || std::ranges::any_of(all, [&](const Membership& one) {
                   return one.is_unified() && one.path.starts_with(unified) &&
                          (one.path.size() == unified.size() || one.path[unified.size()] == '/');
               });
    }

    std::vector<Membership> ours_;
    std::vector<Mount> mounts_;
};

std::optional<Freeze> thaw_unified(const std::string& jail) {
    for (const std::string& directory : tree_of_cgroup(jail))
        if (read_setting(directory, "cgroup.freeze") == "1")
            write_setting(directory, "cgroup.freeze", "0");
    return find_freeze(jail);
}

std::optional<Freeze> thaw_version_1(pid_t jinit, const std::string& jail) {
    Version1 hierarchy;
    if (!hierarchy.is_mounted())
        return std::nullopt;
    std::optional<Freeze> still = hierarchy.thaw(jinit, {});
    std::string unified = cgroup_name(jail);
    for (pid_t pid : pids_of_cgroup(jail))
        if (auto freeze = hierarchy.thaw(pid, unified))
            still = std::move(freeze);
    return still;
}

} // namespace

std::optional<Freeze> thaw_jail(pid_t jinit, const std::string& members) {
    std::string jail = members.empty() ? "" : parent_of(members);
    std::optional<Freeze> still = jail.empty() ? std::nullopt : thaw_unified(jail);
    std::optional<Freeze> other = thaw_version_1(jinit, jail);
    return still ? still : other;
}

std::string still_frozen(const Freeze& freeze) {
    return "it is frozen by the cgroup " + freeze.cgroup +
           ", which is not its own; to thaw it: " + freeze.thaw;
}

std::string frozen_by(const Freeze& freeze) {
    return "it is frozen by the cgroup " + freeze.cgroup + "; to thaw it: " + freeze.thaw;
}

} // namespace jailcore
