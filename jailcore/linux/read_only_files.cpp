#include "jailcore/linux/read_only_files.hpp"

#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <fcntl.h>
#include <sys/mount.h>

namespace jailcore {
namespace {

constexpr const char* step = "new filesystem";

// The descriptor that writes is closed at the end: a filesystem with one cannot become read-only.
void write_file(int tree, const ReadOnlyFile& file) {
    pty::UniqueFd written(pty::check(
        kernel::openat(tree, file.name.c_str(), O_WRONLY | O_CREAT | O_EXCL, file.mode), "write", file.name));
    pty::write_all(written.get(), file.content, file.name);
    pty::check(kernel::fchmod(written.get(), file.mode), "write", file.name); // umask(2) took part of it
}

} // namespace

pty::UniqueFd mount_read_only_files(const std::vector<ReadOnlyFile>& files) {
    pty::UniqueFd context(pty::check(kernel::fsopen("tmpfs", FSOPEN_CLOEXEC), step));
    pty::check(kernel::fsconfig(context.get(), FSCONFIG_SET_STRING, "mode", "0755", 0), step);
    pty::check(kernel::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), step);
    pty::UniqueFd tree(pty::check(
        kernel::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV), step));
    for (const ReadOnlyFile& file : files)
        write_file(tree.get(), file);
    pty::check(kernel::fsconfig(context.get(), FSCONFIG_SET_FLAG, "ro", nullptr, 0), step);
    pty::check(kernel::fsconfig(context.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0), step);
    return tree;
}

} // namespace jailcore
