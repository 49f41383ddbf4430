// The thin kernel layer for what only Linux has: namespaces, mounts by descriptor, credentials, pidfds. As in
// pty/kernel.hpp: one function for each call, same arguments, result and errno, EINTR repeated, every
// descriptor close-on-exec, and a test can make each fail (pty/fault.hpp) under the function's name.
//
// The floor is Linux 6.1. What is younger is marked; there ENOSYS or ENOTTY must be expected and a fallback
// be at hand.
#pragma once

#include "pty/linux/kernel.hpp"

#include <cstddef>
#include <cstdint>
#include <linux/capability.h> // its structs' names are reserved ones, which may not be declared here
#include <sys/types.h>

struct clone_args;
struct mount_attr;
struct rlimit;
struct sock_fprog;
struct statx;
struct statfs;

namespace kernel {

// ---- processes and namespaces (kernel_process.cpp)
pid_t clone3(const clone_args* arguments, size_t size);
int setns(int fd, int flags);
int unshare(int flags);
int pidfd_open(pid_t pid, unsigned flags);
int pidfd_send_signal(int pidfd, int signal);
int pidfd_namespace(int pidfd, unsigned long request); // PIDFD_GET_*_NAMESPACE, Linux 6.11; else ENOTTY
int ns_user(int namespace_fd);                         // NS_GET_USERNS: the owning user namespace
int ns_parent(int namespace_fd);                       // NS_GET_PARENT
int execveat(int dir, const char* path, char* const argv[], char* const environment[], int flags);
int close_range(unsigned first, unsigned last, unsigned flags);
int prctl(int option, unsigned long a2 = 0, unsigned long a3 = 0, unsigned long a4 = 0, unsigned long a5 = 0);
int seccomp_filter(unsigned flags, const sock_fprog* filter); // SECCOMP_SET_MODE_FILTER
int setrlimit(int resource, const rlimit* limit);
int setpriority(int which, unsigned who, int priority);
int sched_reset();         // SCHED_OTHER, priority 0, for the calling process
int io_priority_reset();   // IOPRIO_CLASS_NONE: follows the nice value
int affinity_reset();      // every processor that the cpuset allows
int memory_policy_reset(); // MPOL_DEFAULT; ENOSYS where the kernel has none
int personality(unsigned long persona);
int sethostname(const char* name, size_t size);
int setdomainname(const char* name, size_t size);
int interface_up(const char* name); // a network interface of the calling process's network namespace

// ---- credentials (kernel_process.cpp); the kernel's own calls, for this thread only: our helpers have one
int setgroups(size_t count, const gid_t* groups);
int setresgid(gid_t real, gid_t effective, gid_t saved);
int setresuid(uid_t real, uid_t effective, uid_t saved);
int capget(__user_cap_header_struct* header, __user_cap_data_struct* data);
int capset(__user_cap_header_struct* header, const __user_cap_data_struct* data);
long join_session_keyring(); // KEYCTL_JOIN_SESSION_KEYRING, anonymous; ENOSYS where the kernel has no keys

// ---- files by descriptor (kernel_mount.cpp)
int openat2(int dir, const char* path, uint64_t flags, uint64_t resolve, unsigned mode = 0);
int statx(int dir, const char* path, int flags, unsigned mask, struct ::statx* result);
int fstatfs(int fd, struct ::statfs* result);
int mkdirat(int dir, const char* path, unsigned mode);
int mknodat(int dir, const char* path, unsigned mode, dev_t device);
int symlinkat(const char* target, int dir, const char* path);
int linkat(int old_dir, const char* old_path, int dir, const char* path, int flags);
int renameat2(int old_dir, const char* old_path, int dir, const char* path, unsigned flags);
int unlinkat(int dir, const char* path, int flags);
int fchmod(int fd, unsigned mode);
int fchmodat(int dir, const char* path, unsigned mode);
int fchownat(int dir, const char* path, uid_t uid, gid_t gid, int flags);
int fchdir(int fd);
int chroot(const char* path);
int getcwd(char* buffer, size_t size); // length with the NUL; "(unreachable)" stands before a path outside

// ---- mounts (kernel_mount.cpp)
int mount(const char* source, const char* target, const char* type, unsigned long flags, const char* data);
int umount2(const char* target, int flags);
int pivot_root(const char* new_root, const char* put_old);
int fsopen(const char* type, unsigned flags);
int fsconfig(int context, unsigned command, const char* key, const void* value, int aux);
int fsmount(int context, unsigned flags, unsigned attributes);
int fspick(int dir, const char* path, unsigned flags);
int open_tree(int dir, const char* path, unsigned flags);
int move_mount(int from_dir, const char* from, int to_dir, const char* to, unsigned flags);
int mount_setattr(int dir, const char* path, unsigned flags, const ::mount_attr* attributes, size_t size);

// The head of what statmount(2) answers, then strings; the offsets of the strings count from `strings`
// (struct statmount of linux/mount.h; this system's headers may be older than its kernel).
struct StatMount {
    uint32_t size;
    uint32_t options;
    uint64_t mask;
    uint32_t device_major;
    uint32_t device_minor;
    uint64_t magic;
    uint32_t superblock_flags;
    uint32_t type;
    uint64_t id;
    uint64_t parent_id;
    uint32_t old_id;
    uint32_t old_parent_id;
    uint64_t attributes;
    uint64_t propagation;
    uint64_t peer_group;
    uint64_t master;
    uint64_t propagate_from;
    uint32_t root;
    uint32_t point;
    uint64_t spare[50];
    char strings[512];
};
inline constexpr unsigned statx_mount_id_unique = 0x4000; // STATX_MNT_ID_UNIQUE, Linux 6.8
inline constexpr uint64_t statmount_superblock = 1, statmount_mount = 2, statmount_type = 0x20;
// Linux 6.8; `id` is a unique mount id from statx(2).
int statmount(uint64_t id, uint64_t mask, StatMount* result);

// ---- pseudoterminals of Linux (kernel_mount.cpp)
int pty_unlock(int master);                   // TIOCSPTLCK 0
int pty_number(int master, unsigned* number); // TIOCGPTN
} // namespace kernel
