#include "jailcore/linux/starter/staging.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/shared_limits.hpp"
#include "jailcore/process_handle.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <unistd.h>

namespace jailcore {
namespace {

constexpr std::string_view no_user_namespaces =
    "this kernel lets no unprivileged user make a user namespace; run as root, or have root set "
    "kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0 and "
    "kernel.apparmor_restrict_unprivileged_userns=0, those that exist here (sysctl)";

void write_file(const char* path, const std::string& content) {
    pty::UniqueFd file(pty::check(kernel::open(path, O_WRONLY), "open", path));
    pty::write_all(file.get(), content, path);
}

void map_ids(uid_t uid, gid_t gid) {
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1\n");
    write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1\n");
}

// Slave first, so that nothing reaches the host; shared then, so that what hooks mount reaches the jail.
void separate_mounts() {
    pty::check(kernel::mount("", "/", "", MS_REC | MS_SLAVE, nullptr), "separate mounts");
    pty::check(kernel::mount("", "/", "", MS_REC | MS_SHARED, nullptr), "separate mounts");
}

void enter_user_namespace() {
    uid_t uid = ::geteuid();
    gid_t gid = ::getegid();
    try {
        const HalvedWhileNamespacesAreMade halved;
        pty::check(kernel::unshare(CLONE_NEWUSER | CLONE_NEWNS), "make a user namespace");
        map_ids(uid, gid);
        separate_mounts();
    } catch (const pty::StepError& error) {
        // EPERM and EACCES: forbidden, at once or (AppArmor) by taking its privileges; ENOSPC: the maximum is
        // 0.
        if (error.error() == EPERM || error.error() == EACCES || error.error() == ENOSPC ||
            error.error() == EINVAL)
            throw StartFailure(std::string(error.what()) + "; " + std::string(no_user_namespaces));
        throw;
    }
}

} // namespace

int host_mounts() {
    static const pty::UniqueFd mounts(
        pty::check(kernel::open("/proc/self/ns/mnt", O_RDONLY), "open", "the host's mounts"));
    return mounts.get();
}

void enter_staging(bool own_user_namespace) {
    host_mounts(); // while it is this process's own
    if (own_user_namespace) {
        enter_user_namespace();
        return;
    }
    pty::check(kernel::unshare(CLONE_NEWNS), "make a mount namespace");
    separate_mounts();
}

void enter_staging_of(int jail) {
    host_mounts();
    pty::check(kernel::setns(jail, CLONE_NEWUSER), "join the user namespace");
    enter_staging(false);
}

bool enter_kept_staging(const JailRecord& jail) {
    if (jail.keeper == 0)
        return false;
    host_mounts();
    // Held first and looked at afterwards, so that both are of one process.
    pty::UniqueFd keeper(kernel::pidfd_open(jail.keeper, 0));
    if (!keeper || start_time(jail.keeper) != jail.keeper_start)
        return false;
    int spaces = CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER);
    if (kernel::setns(keeper.get(), spaces) == -1) {
        if (errno == ESRCH) // it has ended
            return false;
        throw pty::StepError(errno, "join", "the mounts of its start");
    }
    return true;
}

} // namespace jailcore
