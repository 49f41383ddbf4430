// What a line of `mount` or of an fstab asks for, in the terms of fstab(5) and of FreeBSD's file systems, as
// an instruction that says what Linux mounts. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jailcore {

enum class MountKind {
    bind,        // nullfs: `source` is seen at `point`
    memory,      // tmpfs
    devices,     // devfs: a minimal /dev with a devpts of its own
    descriptors, // fdescfs: /dev/fd
    processes,   // procfs, linprocfs
    system,      // linsysfs
    cgroups,     // cgroup2: the jail's own
    queues,      // mqueue: of the jail's ipc namespace
    other,       // `type` is a file system of the kernel's that holds files
};

enum MountFlags : uint32_t {
    mount_read_only = 1,
    mount_nosuid = 2,
    mount_noexec = 4,
    mount_nodev = 8,
    mount_noatime = 16
};

struct MountLine {
    std::string parameter; // that asked for it, for messages: "mount", "mount.fstab", "mount.devfs" …
    std::string source;
    std::string point; // a path of the host's
    std::string type;
    std::vector<std::string> options;
};

struct PlannedMount {
    MountKind kind{};
    std::string parameter;
    std::string source;
    std::string point;
    std::string type;
    uint32_t flags = 0;               // MountFlags
    std::vector<std::string> options; // for the file system itself: "size=1g" …
    uint32_t pty_max = 0;             // of `devices`: how many ptys its devpts has
    std::string shm_size{};           // of `devices`: of its /dev/shm, as tmpfs takes it
    bool operator==(const PlannedMount&) const = default;
};

// The mount, or what is wrong with the line (without the jail's name).
std::variant<PlannedMount, std::string> plan_mount(const MountLine& line);

// The path below `root` that `point` names, without its first slash; nothing where it is not below it. Purely
// by the letters: neither path is looked up.
bool is_below(std::string_view root, std::string_view point);
std::string below(std::string_view root, std::string_view point);

} // namespace jailcore
