#include "jailcore/linux/memberships.hpp"

#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"

#include <fcntl.h>

namespace jailcore {
namespace {

bool is_hierarchy_of(const Mount& mount, std::string_view controllers) {
    if (mount.root != "/" || mount.type != (controllers.empty() ? "cgroup2" : "cgroup"))
        return false;
    while (!controllers.empty())
        if (!mount.has_super_option(cut(controllers, ',')))
            return false;
    return true;
}

} // namespace

bool Membership::has_controller(std::string_view name) const {
    std::string_view rest = controllers;
    while (!rest.empty())
        if (cut(rest, ',') == name)
            return true;
    return false;
}

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

std::optional<std::string> directory_of(const Membership& membership, const std::vector<Mount>& mounts) {
    // So begins the path of what lies outside of the reader's cgroup namespace (cgroup_namespaces(7)).
    if (membership.path.starts_with("/.."))
        return std::nullopt;
    for (const Mount& mount : mounts)
        if (is_hierarchy_of(mount, membership.controllers))
            return mount.point + (membership.path == "/" ? "" : membership.path);
    return std::nullopt;
}

std::optional<std::string> read_setting(const std::string& directory, const char* name) {
    auto text = read_if_any(AT_FDCWD, directory + "/" + name);
    if (text && text->ends_with('\n'))
        text->pop_back();
    return text;
}

} // namespace jailcore
