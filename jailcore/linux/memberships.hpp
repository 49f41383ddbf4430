// The cgroups of a process in every hierarchy, and where they are in the file system. cgroups(7).
#pragma once

#include "jailcore/linux/mountinfo.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

// One line of /proc/PID/cgroup, `ID:CONTROLLERS:PATH`.
struct Membership {
    std::string controllers; // "" for the unified hierarchy, which is version 2
    std::string path;        // below the root of the hierarchy
    bool operator==(const Membership&) const = default;

    [[nodiscard]] bool is_unified() const { return controllers.empty(); }
    // Of a hierarchy of version 1.
    [[nodiscard]] bool has_controller(std::string_view name) const;
};

// `proc`: the directory /proc/PID. Throws StepError.
std::vector<Membership> memberships(int proc);

// Its directory, in whichever of `mounts` shows all of its hierarchy; nothing where none does.
std::optional<std::string> directory_of(const Membership& membership, const std::vector<Mount>& mounts);

// A file of a cgroup's directory, without the last newline; nothing where it cannot be read.
std::optional<std::string> read_setting(const std::string& directory, const char* name);

} // namespace jailcore
