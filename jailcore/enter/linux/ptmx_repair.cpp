#include "jailcore/enter/linux/ptmx_repair.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/linux/jail_file.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/passwd.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>

namespace jailcore {
namespace {

constexpr uint64_t strict = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
constexpr size_t group_limit = size_t{16} << 20;
constexpr uint32_t usual_tty_group = 5; // Debian's, and what systemd mounts devpts with

pty::UniqueFd make_directory(int dir, const char* name) {
    if (kernel::mkdirat(dir, name, 0755) == -1 && errno != EEXIST)
        throw pty::StepError(errno, "create", name);
    int fd = kernel::openat2(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, strict);
    return pty::UniqueFd(pty::check(fd, "create", name));
}

uint32_t tty_group(const Target& target) {
    auto group = read_in_jail(target.root.get(), target.self.get(), "etc/group", group_limit);
    return find_group(group.value_or(""), "tty").value_or(usual_tty_group);
}

void set_option(int context, const char* key, const std::string& value) {
    pty::check(kernel::fsconfig(context, FSCONFIG_SET_STRING, key, value.c_str(), 0), "mount devpts", key);
}

// Made here, inside the jail's mount namespace, and not brought along: an instance made in the initial one
// may use the terminals that the kernel holds in reserve for the host (fs/devpts/inode.c).
void mount_devpts(int pts, const Target& target) {
    pty::UniqueFd context(pty::check(kernel::fsopen("devpts", 0), "mount devpts"));
    set_option(context.get(), "mode", "0620");
    set_option(context.get(), "ptmxmode", "0666");
    if (uint32_t gid = tty_group(target); target.gids.has(gid))
        set_option(context.get(), "gid", std::to_string(gid));
    pty::check(kernel::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "mount devpts");
    constexpr unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    pty::UniqueFd mount(pty::check(kernel::fsmount(context.get(), 0, attributes), "mount devpts"));
    constexpr unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    pty::check(kernel::move_mount(mount.get(), "", pts, "", flags), "mount devpts");
}

// umount2(2) takes no descriptor; one name in the current directory cannot be led elsewhere.
void unmount_name(const Target& target, int dir, const char* name) {
    pty::check(kernel::fchdir(dir), "unmount", name);
    int result = kernel::umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW);
    int error = errno;
    pty::check(kernel::fchdir(target.root.get()), "unmount", name);
    if (result == -1)
        throw pty::StepError(error, "unmount", name);
}

// chmod(2) by an O_PATH descriptor goes through proc: fchmodat2(2) is younger than our floor.
void change_mode(const Target& target, const pty::UniqueFd& node, mode_t mode) {
    std::string path = "fd/" + std::to_string(node.get());
    pty::check(kernel::fchmodat(target.self.get(), path.c_str(), mode), "chmod");
}

void open_to_everybody(const Target& target, const pty::UniqueFd& node) {
    struct stat facts = {};
    pty::check(kernel::fstat(node.get(), &facts), "chmod");
    if (!S_ISCHR(facts.st_mode))
        throw pty::StepError(EINVAL, "chmod", "a device that is none");
    change_mode(target, node, 0666);
}

// What is in it is the jail's.
void set_directory_aside(int dev) {
    if (kernel::unlinkat(dev, "ptmx", AT_REMOVEDIR) == 0 || errno == ENOENT)
        return;
    if (kernel::renameat2(dev, "ptmx", dev, "ptmx.old", RENAME_NOREPLACE) == -1)
        throw pty::StepError(errno, "rename to ptmx.old", "/dev/ptmx");
}

// Put in place by a rename, so that there is no moment without a /dev/ptmx. What a mount on it has hidden is
// looked at anew when the mount is gone.
void link_ptmx(const PtmxPlace& place, const Target& target) {
    constexpr const char* temporary = ".ptmx-jconsole";
    int dev = place.dev.get();
    if (place.facts.ptmx_mounted)
        return unmount_name(target, dev, "ptmx");
    if (place.facts.ptmx == NodeKind::directory)
        set_directory_aside(dev);
    kernel::unlinkat(dev, temporary, 0);
    pty::check(kernel::symlinkat("pts/ptmx", dev, temporary), "link", "/dev/ptmx");
    if (kernel::renameat2(dev, temporary, dev, "ptmx", 0) == 0)
        return;
    int error = errno;
    kernel::unlinkat(dev, temporary, 0);
    throw pty::StepError(error, "link", "/dev/ptmx");
}

// Where the directory cannot be changed, the node can still be covered.
void bind_ptmx(const PtmxPlace& place) {
    constexpr unsigned clone = OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW;
    pty::UniqueFd tree(pty::check(kernel::open_tree(place.pts.get(), "ptmx", clone), "bind", "/dev/ptmx"));
    constexpr unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    pty::check(kernel::move_mount(tree.get(), "", place.ptmx.get(), "", flags), "bind", "/dev/ptmx");
}

// A change of the host's own /dev would be seen by the host; a mount in the jail is not.
void link_or_bind(const PtmxPlace& place, const Target& target) {
    if (is_host_dev(place.facts) && !is_coverable(place.facts))
        throw EnterFailure("repair", "its /dev is the host's own",
                           "give the jail a /dev of its own (mount.devfs)");
    if (is_host_dev(place.facts))
        return bind_ptmx(place);
    try {
        link_ptmx(place, target);
    } catch (const pty::StepError& error) {
        if (error.error() != EROFS || !is_coverable(place.facts))
            throw;
        bind_ptmx(place);
    }
}

// The host's own /dev is the administrator's to mend.
void expect_own_mounts(const PtmxFacts& facts) {
    if (facts.host_mounts)
        throw EnterFailure("repair", "its /dev is the host's own", "mend the host's /dev yourself");
}

} // namespace

void mend_ptmx(const PtmxPlace& place, const PtmxFinding& finding, const Target& target) {
    expect_own_mounts(place.facts);
    switch (finding.by) {
    case PtmxMend::none:
        return;
    case PtmxMend::make_dev: {
        pty::UniqueFd dev = make_directory(target.root.get(), "dev");
        return mount_devpts(make_directory(dev.get(), "pts").get(), target);
    }
    case PtmxMend::open_dev:
        return change_mode(target, place.dev, 0755);
    case PtmxMend::mount_devpts:
        if (place.facts.pts == NodeKind::absent)
            return mount_devpts(make_directory(place.dev.get(), "pts").get(), target);
        return mount_devpts(place.pts.get(), target);
    case PtmxMend::uncover_multiplexer:
        return unmount_name(target, place.pts.get(), "ptmx");
    case PtmxMend::open_multiplexer:
        return open_to_everybody(target, place.multiplexer);
    case PtmxMend::open_node:
        return is_host_dev(place.facts) ? bind_ptmx(place) : open_to_everybody(target, place.ptmx);
    case PtmxMend::link:
        return link_or_bind(place, target);
    }
}

MendedPtmx examine_ptmx(const Target& target, const HostDevices& host, bool repair) {
    // Each kind of fault has one mend, so more rounds than kinds mean that somebody undoes them.
    constexpr int rounds = 8;
    MendedPtmx result;
    for (int round = 0;; ++round) {
        result.place = look_at_ptmx(target, host);
        result.findings = judge_ptmx(result.place.facts);
        auto next = std::ranges::find_if(result.findings, [](const PtmxFinding& finding) {
            return finding.by != PtmxMend::none;
        });
        if (!repair || round == rounds || next == result.findings.end())
            return result;
        try {
            mend_ptmx(result.place, *next, target);
        } catch (const pty::StepError& error) {
            result.obstacle = error.what();
            return result;
        } catch (const EnterFailure& failure) {
            result.obstacle = failure.cause();
            return result;
        }
        result.mended.push_back(*next);
    }
}

} // namespace jailcore
