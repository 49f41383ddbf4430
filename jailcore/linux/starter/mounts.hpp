// Mounting what a plan says, by descriptor throughout: no path below the jail's root is looked up twice, and
// none leads out of it. open_tree(2), move_mount(2), fsopen(2), openat2(2).
#pragma once

#include "jailcore/mount_plan.hpp"
#include "pty/fd.hpp"

#include <string>

namespace jailcore {

// The jail's root directory as this process sees it.
struct Root {
    int fd = -1;      // of the directory
    std::string path; // of it in the plan
    bool unprivileged =
        false; // we are in a user namespace with a single uid: nodes cannot be made, only bound
};

// Some filesystems show the namespaces of whoever mounts them, so that they are mounted from inside the jail.
bool is_mounted_inside(MountKind kind);

// Throws StartFailure, StepError.
void mount_planned(const Root& root, const PlannedMount& mount);

// How -v shows it.
std::string mount_line(const PlannedMount& mount);

// ---- shared by mounts.cpp and devfs.cpp

// The file that `path`, a path of the plan, names: below the root by no symbolic link, elsewhere as the host
// does. O_PATH. Throws StartFailure, which begins with `parameter`.
pty::UniqueFd resolve(const Root& root, const std::string& path, const std::string& parameter);

// A new filesystem, mounted nowhere yet. `attributes`: MOUNT_ATTR_*. `options`: KEY=VALUE or KEY.
pty::UniqueFd new_filesystem(const char* type, const std::string& source,
                             const std::vector<std::string>& options, uint64_t attributes);

// A copy of the mount of `path` below `dir`, mounted nowhere yet.
pty::UniqueFd copy_mount(int dir, const char* path, bool recursive);

// Mounts `tree` on `point`, which is `path` below it, or itself where `path` is "".
void attach(int tree, int point, const char* path);

// Mounts a minimal /dev on `point`: null, zero, full, random, urandom, tty, the links, shm, and a devpts of
// its own.
void mount_devices(const Root& root, int point);

} // namespace jailcore
