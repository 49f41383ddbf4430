// Files that nobody can change: they lie on a tmpfs of their own, whose superblock is read-only once they are
// written. The seals of a memfd hold its content only. Its mode, owner, times and extended attributes are for
// anyone to change who is its owner and can reach it, through /proc/PID/exe or a mount, for instance; here
// all of that is EROFS.
#pragma once

#include "pty/fd.hpp"

#include <string>
#include <vector>

namespace jailcore {

struct ReadOnlyFile {
    std::string name;
    std::string content;
    unsigned mode = 0444;
};

// A detached mount (mount(2), fsmount(2)) of a filesystem with `files` in its root. Whoever only needs the
// files opens them and closes it: then nobody can make another mount of it. Throws StepError; EPERM, EACCES
// or ENOSYS at "new filesystem" where this process may make no mounts.
pty::UniqueFd mount_read_only_files(const std::vector<ReadOnlyFile>& files);

} // namespace jailcore
