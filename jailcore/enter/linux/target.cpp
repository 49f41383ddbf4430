#include "jailcore/enter/linux/target.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/reports.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailcore {
namespace {

struct NamespaceKind {
    int flag;
    const char* file;
};
constexpr std::array<NamespaceKind, 8> kinds{{{CLONE_NEWUSER, "ns/user"},
                                              {CLONE_NEWNS, "ns/mnt"},
                                              {CLONE_NEWPID, "ns/pid"},
                                              {CLONE_NEWUTS, "ns/uts"},
                                              {CLONE_NEWIPC, "ns/ipc"},
                                              {CLONE_NEWNET, "ns/net"},
                                              {CLONE_NEWCGROUP, "ns/cgroup"},
                                              {CLONE_NEWTIME, "ns/time"}}};

pty::UniqueFd open_directory(int dir, const char* path) {
    int fd = dir == AT_FDCWD ? kernel::open(path, O_PATH | O_DIRECTORY)
                             : kernel::openat(dir, path, O_PATH | O_DIRECTORY);
    return pty::UniqueFd(pty::check(fd, "open", path));
}

// The text behind "KEY:" in one of proc's files of keys and values; "" where there is none.
std::string value_in(const std::string& text, const std::string& key) {
    size_t start = text.starts_with(key + ":") ? 0 : text.find("\n" + key + ":");
    if (start == std::string::npos)
        return {};
    start = text.find_first_not_of(" \t", text.find(':', start) + 1);
    return start == std::string::npos ? "" : text.substr(start, text.find('\n', start) - start);
}

void expect_alive(int pidfd) {
    if (has_ended(pidfd))
        throw target_has_ended();
}

// The first process of a pid namespace waits, when it ends, for the end of all others in it
// (pid_namespaces(7)). For its pidfd it has not ended until then, but it has no root directory and no
// namespaces any more.
bool is_ending(int proc) {
    char root[1];
    return kernel::readlinkat(proc, "root", root, sizeof root) == -1 && (errno == ENOENT || errno == ESRCH);
}

// The pid is only a way to find a directory in /proc, whose meaning expect_alive() then confirms.
std::string pid_of(const pty::UniqueFd& self, int pidfd) {
    std::string pid = value_in(read_proc(self.get(), "fdinfo/" + std::to_string(pidfd)), "Pid");
    if (pid == "-1")
        throw target_has_ended();
    if (pid.empty() || pid == "0")
        throw EnterFailure("enter", "its process lies outside the router's pid namespace",
                           "run the router on the host");
    return pid;
}

struct Comparison {
    bool same_inode = false;
    bool same_mount = false;
};

Comparison compare(int dir, int other_dir, const char* path) {
    struct statx one = {}, other = {};
    pty::check(kernel::statx(dir, path, 0, STATX_INO | STATX_MNT_ID, &one), "compare", path);
    pty::check(kernel::statx(other_dir, path, 0, STATX_INO | STATX_MNT_ID, &other), "compare", path);
    return {one.stx_ino == other.stx_ino && one.stx_dev_major == other.stx_dev_major &&
                one.stx_dev_minor == other.stx_dev_minor,
            one.stx_mnt_id == other.stx_mnt_id};
}

int differing_namespaces(const Target& target) {
    int flags = 0;
    for (const NamespaceKind& kind : kinds)
        if (!compare(target.proc.get(), target.self.get(), kind.file).same_inode)
            flags |= kind.flag;
    return flags;
}

uint64_t parse_mask(const std::string& hexadecimal) {
    uint64_t mask = 0;
    std::from_chars(hexadecimal.data(), hexadecimal.data() + hexadecimal.size(), mask, 16);
    return mask;
}

void read_credentials(Target& target, const EnterSpec* spec) {
    if (spec != nullptr) {
        target.bounding_set = spec->bounding_set;
        target.no_new_privs = spec->no_new_privs != 0;
    } else {
        std::string status = read_proc(target.proc.get(), "status");
        target.bounding_set = parse_mask(value_in(status, "CapBnd"));
        target.no_new_privs = value_in(status, "NoNewPrivs") == "1";
    }
    target.uids = IdMap(read_proc(target.proc.get(), "uid_map"));
    target.gids = IdMap(read_proc(target.proc.get(), "gid_map"));
    target.setgroups_denied = read_proc(target.proc.get(), "setgroups") == "deny\n";
}

// user_namespaces(7): in ours, nobody may change his groups.
bool own_setgroups_denied() {
    pty::UniqueFd self(pty::check(kernel::open("/proc/self", O_PATH | O_DIRECTORY), "open", "/proc/self"));
    return read_proc(self.get(), "setgroups") == "deny\n";
}

bool may_change_ids() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
    constexpr uint32_t both = 1U << CAP_SETUID | 1U << CAP_SETGID;
    pty::check(kernel::capget(&header, sets), "capget");
    return (sets[0].effective & both) == both;
}

EnterFailure foreign_user_namespace() {
    return {"enter", "its process is in no user namespace of the user whose router this is",
            "only the router of root can enter it: run jconsole as root", EPERM};
}

// Groups that we bring along would open the host's files to the jail. Without privilege nobody can drop them:
// they are then the user's own, in a jail of his own.
void drop_groups() {
    if (kernel::setgroups(0, nullptr) == 0)
        return;
    int error = errno;
    if (error != EPERM || (::geteuid() == 0 && !own_setgroups_denied()))
        throw pty::StepError(error, "setgroups", "");
}

void become_superuser(const Target& target) {
    auto uid = target.uids.superuser();
    auto gid = target.gids.superuser();
    if (!uid || !gid)
        return;
    pty::check(kernel::setresgid(*gid, *gid, *gid), "setresgid");
    pty::check(kernel::setresuid(*uid, *uid, *uid), "setresuid");
    // A change of ids sets it to fs.suid_dumpable.
    pty::check(kernel::prctl(PR_SET_DUMPABLE, 0), "prctl", "PR_SET_DUMPABLE");
}

} // namespace

EnterFailure target_has_ended() {
    return jail_has_ended(jail_name());
}

Target open_target(int pidfd, const EnterSpec* spec) {
    Target target;
    target.pidfd = pidfd;
    target.self = open_directory(AT_FDCWD, "/proc/self");
    target.pid = pid_of(target.self, pidfd);
    try {
        target.proc = open_directory(AT_FDCWD, ("/proc/" + target.pid).c_str());
        expect_alive(pidfd);
        target.root = open_directory(target.proc.get(), "root");
        target.mounts = parse_mountinfo(read_proc(target.self.get(), "mountinfo"));
        target.namespaces = differing_namespaces(target);
        Comparison roots = compare(target.proc.get(), target.self.get(), "root");
        target.host_root = roots.same_inode;
        target.change_root = !roots.same_inode || !roots.same_mount;
        read_credentials(target, spec);
    } catch (const pty::StepError& error) {
        expect_alive(pidfd);
        if (is_ending(target.proc.get()))
            throw target_has_ended();
        if (error.error() != EACCES && error.error() != EPERM)
            throw;
        throw EnterFailure("enter", "its process " + target.pid + " may not be inspected: " + error.what(),
                           "use the router of root, or of the user who owns the jail", error.error());
    }
    expect_alive(pidfd);
    return target;
}

void expect_power_over(const Target& target) {
    if ((target.namespaces & CLONE_NEWUSER) == 0 && !may_change_ids())
        throw foreign_user_namespace();
}

std::optional<Owner> outside_superuser(const Target& target) {
    auto uid = target.uids.superuser();
    auto gid = target.gids.superuser();
    if ((target.namespaces & CLONE_NEWUSER) == 0 || ::geteuid() != 0 || !uid || !gid)
        return std::nullopt;
    return Owner{*target.uids.outside(*uid), *target.gids.outside(*gid)};
}

void join_namespaces(const Target& target) {
    drop_groups();
    if (target.namespaces != 0 && kernel::setns(target.pidfd, target.namespaces) == -1) {
        if (errno == EPERM && ::geteuid() != 0)
            throw foreign_user_namespace();
        throw pty::StepError(errno, "join namespaces", "");
    }
    pty::check(kernel::prctl(PR_SET_DUMPABLE, 0), "prctl", "PR_SET_DUMPABLE");
    if ((target.namespaces & CLONE_NEWUSER) != 0)
        become_superuser(target);
    pty::check(kernel::fchdir(target.root.get()), "enter root directory");
    // Joining a mount namespace leads to the namespace's root, which a chrooted process does not live in.
    if (target.change_root)
        pty::check(kernel::chroot("."), "enter root directory");
}

// ESRCH: its namespaces are gone, though its process still waits for the end of others.
std::optional<EnterFailure> end_behind(const pty::StepError& error) {
    return has_ended(enter_target) || error.error() == ESRCH ? std::optional(target_has_ended())
                                                             : std::nullopt;
}

} // namespace jailcore
