// Mounting what a plan says, by descriptor throughout: no path below the jail's root is looked up twice, and
// none leads out of it. open_tree(2), move_mount(2), fsopen(2), openat2(2).
#pragma once

#include "jailcore/host_paths.hpp"
#include "jailcore/plan/linux/mount_plan.hpp"
#include "pty/fd.hpp"

#include <cstdint>
#include <string>

namespace jailcore {

// The jail's root directory as this process sees it.
struct Root {
    int fd = -1;           // of the directory
    std::string path;      // of it in the plan
    const HostPaths& host; // for what is not below it
    bool unprivileged =
        false; // we are in a user namespace with a single uid: nodes cannot be made, only bound
};

// Some filesystems show the namespaces of whoever mounts them, so that those are mounted from inside the jail
// which show one of its own (`namespaces`, of jailcore/plan/linux/plan.hpp). The others are not: to a user
// namespace the kernel gives only what shows namespaces that it owns.
bool is_mounted_inside(MountKind kind, uint32_t namespaces);

// What lies on the mount point: it tells a mount from every other, and its copies have it too.
struct MountIdentity {
    uint32_t major = 0; // of the file system
    uint32_t minor = 0;
    uint64_t inode = 0; // of the root
    bool operator==(const MountIdentity&) const = default;
};

// A mount of the plan that has been made. Borrows it.
struct MadeMount {
    const PlannedMount* planned;
    MountIdentity identity;
};

// Appends to `made`, where something is mounted. Throws StartFailure, StepError.
void mount_planned(const Root& root, const PlannedMount& mount, std::vector<MadeMount>& made);

// Throws StartFailure unless each of `made`, in the order in which they were, is where it was planned, or a
// later one covers it: whoever may rename a directory on the way there can put another in its place at any
// time.
void expect_mounts(const Root& root, const std::vector<MadeMount>& made);

// How -v shows it.
std::string mount_line(const PlannedMount& mount);

// ---- shared by mounts.cpp and devfs.cpp

// The file that `path`, a path of the plan, names: below the root by no symbolic link, elsewhere as
// `host_paths.hpp` says. O_PATH. Throws StartFailure, which begins with `parameter`.
pty::UniqueFd resolve(const Root& root, const std::string& path, const std::string& parameter);

// A new filesystem, mounted nowhere yet. `attributes`: MOUNT_ATTR_*. `options`: KEY=VALUE or KEY.
pty::UniqueFd new_filesystem(const char* type, const std::string& source,
                             const std::vector<std::string>& options, uint64_t attributes);

// A copy of the mount of `path` below `dir`, mounted nowhere yet.
pty::UniqueFd copy_mount(int dir, const char* path, bool recursive);

// Mounts `tree` on `point`, which is `path` below it, or itself where `path` is "".
void attach(int tree, int point, const char* path);

// Mounts a minimal /dev on `point`, which it returns: null, zero, full, random, urandom, tty, the links, shm,
// and a devpts of its own.
pty::UniqueFd mount_devices(const Root& root, const PlannedMount& mount, int point);

} // namespace jailcore
