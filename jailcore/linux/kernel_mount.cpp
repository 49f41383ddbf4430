#include "jailcore/linux/kernel.hpp"

#include "pty/kernel_call.hpp"

#include <cstdio>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace kernel {
namespace {

// Numbers from 424 on are the same on every architecture but alpha (Documentation/process/adding-syscalls).
constexpr long sys_statmount = 457;

struct MountIdRequest {
    uint32_t size = 24; // MNT_ID_REQ_SIZE_VER0
    uint32_t spare = 0;
    uint64_t id = 0;
    uint64_t mask = 0;
};

} // namespace

int openat2(int dir, const char* path, uint64_t flags, uint64_t resolve, unsigned mode) {
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.mode = mode;
    how.resolve = resolve;
    return enter("openat2", [&] {
        return static_cast<int>(::syscall(SYS_openat2, dir, path, &how, sizeof how));
    });
}

int statx(int dir, const char* path, int flags, unsigned mask, struct ::statx* result) {
    return enter("statx", [&] {
        return ::statx(dir, path, flags, mask, result);
    });
}

int fstatfs(int fd, struct ::statfs* result) {
    return enter("fstatfs", [&] {
        return ::fstatfs(fd, result);
    });
}

int mkdirat(int dir, const char* path, unsigned mode) {
    return enter("mkdirat", [&] {
        return ::mkdirat(dir, path, mode);
    });
}

int mknodat(int dir, const char* path, unsigned mode, dev_t device) {
    return enter("mknodat", [&] {
        return ::mknodat(dir, path, mode, device);
    });
}

int symlinkat(const char* target, int dir, const char* path) {
    return enter("symlinkat", [&] {
        return ::symlinkat(target, dir, path);
    });
}

int linkat(int old_dir, const char* old_path, int dir, const char* path, int flags) {
    return enter("linkat", [&] {
        return ::linkat(old_dir, old_path, dir, path, flags);
    });
}

int renameat2(int old_dir, const char* old_path, int dir, const char* path, unsigned flags) {
    return enter("renameat2", [&] {
        return ::renameat2(old_dir, old_path, dir, path, flags);
    });
}

int unlinkat(int dir, const char* path, int flags) {
    return enter("unlinkat", [&] {
        return ::unlinkat(dir, path, flags);
    });
}

int fchmod(int fd, unsigned mode) {
    return enter("fchmod", [&] {
        return ::fchmod(fd, mode);
    });
}

int fchmodat(int dir, const char* path, unsigned mode) {
    return enter("fchmodat", [&] {
        return ::fchmodat(dir, path, mode, 0);
    });
}

int fchownat(int dir, const char* path, uid_t uid, gid_t gid, int flags) {
    return enter("fchownat", [&] {
        return ::fchownat(dir, path, uid, gid, flags);
    });
}

int fchdir(int fd) {
    return enter("fchdir", [&] {
        return ::fchdir(fd);
    });
}

int chroot(const char* path) {
    return enter("chroot", [&] {
        return ::chroot(path);
    });
}

int getcwd(char* buffer, size_t size) {
    return enter("getcwd", [&] {
        return static_cast<int>(::syscall(SYS_getcwd, buffer, size));
    });
}

int mount(const char* source, const char* target, const char* type, unsigned long flags, const char* data) {
    return enter("mount", [&] {
        return ::mount(source, target, type, flags, data);
    });
}

int umount2(const char* target, int flags) {
    return enter("umount2", [&] {
        return ::umount2(target, flags);
    });
}

int pivot_root(const char* new_root, const char* put_old) {
    return enter("pivot_root", [&] {
        return static_cast<int>(::syscall(SYS_pivot_root, new_root, put_old));
    });
}

int fsopen(const char* type, unsigned flags) {
    return enter("fsopen", [&] {
        return static_cast<int>(::syscall(SYS_fsopen, type, flags | FSOPEN_CLOEXEC));
    });
}

int fsconfig(int context, unsigned command, const char* key, const void* value, int aux) {
    return enter("fsconfig", [&] {
        return static_cast<int>(::syscall(SYS_fsconfig, context, command, key, value, aux));
    });
}

int fsmount(int context, unsigned flags, unsigned attributes) {
    return enter("fsmount", [&] {
        return static_cast<int>(::syscall(SYS_fsmount, context, flags | FSMOUNT_CLOEXEC, attributes));
    });
}

int fspick(int dir, const char* path, unsigned flags) {
    return enter("fspick", [&] {
        return static_cast<int>(::syscall(SYS_fspick, dir, path, flags | FSPICK_CLOEXEC));
    });
}

int open_tree(int dir, const char* path, unsigned flags) {
    return enter("open_tree", [&] {
        return static_cast<int>(::syscall(SYS_open_tree, dir, path, flags | OPEN_TREE_CLOEXEC));
    });
}

int move_mount(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) {
    return enter("move_mount", [&] {
        return static_cast<int>(::syscall(SYS_move_mount, from_dir, from, to_dir, to, flags));
    });
}

int mount_setattr(int dir, const char* path, unsigned flags, const ::mount_attr* attributes, size_t size) {
    return enter("mount_setattr", [&] {
        return static_cast<int>(::syscall(SYS_mount_setattr, dir, path, flags, attributes, size));
    });
}

int statmount(uint64_t id, uint64_t mask, StatMount* result) {
    MountIdRequest request;
    request.id = id;
    request.mask = mask;
    return enter("statmount", [&] {
        return static_cast<int>(::syscall(sys_statmount, &request, result, sizeof *result, 0U));
    });
}

int pty_unlock(int master) {
    return enter("pty_unlock", [&] {
        int locked = 0;
        return ::ioctl(master, TIOCSPTLCK, &locked);
    });
}

int pty_number(int master, unsigned* number) {
    return enter("pty_number", [&] {
        return ::ioctl(master, TIOCGPTN, number);
    });
}

} // namespace kernel
