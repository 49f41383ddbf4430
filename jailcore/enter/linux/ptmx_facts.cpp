#include "jailcore/enter/linux/ptmx_facts.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/mountinfo.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <array>
#include <climits>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <optional>
#include <sys/stat.h>

namespace jailcore {
namespace {

constexpr uint64_t strict = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

// A node named `name` in the directory `dir`: itself, where it is a link. O_PATH opens nothing.
pty::UniqueFd find_node(int dir, const char* name, uint64_t resolve = strict) {
    int fd = kernel::openat2(dir, name, O_PATH | O_NOFOLLOW, resolve);
    if (fd == -1 && errno != ENOENT && errno != EXDEV)
        throw pty::StepError(errno, "look at", name);
    return pty::UniqueFd(fd);
}

struct statx stat_node(int fd) {
    struct statx facts = {};
    pty::check(kernel::statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
                             STATX_TYPE | STATX_MODE | STATX_INO, &facts),
               "look at", "/dev");
    return facts;
}

NodeKind kind_of(const struct statx& facts) {
    switch (facts.stx_mode & S_IFMT) {
    case S_IFLNK:
        return NodeKind::link;
    case S_IFREG:
        return NodeKind::file;
    case S_IFDIR:
        return NodeKind::directory;
    case S_IFCHR:
        return NodeKind::characters;
    case S_IFIFO:
        return NodeKind::fifo;
    default:
        return NodeKind::other;
    }
}

// Relative to /dev and without leaving its filesystem: a link could lead to a server that never answers.
bool dangles(int dev, std::string target) {
    constexpr std::string_view prefix = "/dev/";
    if (target.starts_with(prefix))
        target.erase(0, prefix.size());
    constexpr uint64_t within = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
    pty::UniqueFd found(kernel::openat2(dev, target.c_str(), O_PATH, within));
    return !found && errno == ENOENT;
}

// A directory that was removed has no name left, though it is there for whoever is in it.
void look_at_root(PtmxPlace& place, const Target& target) {
    struct stat root = {};
    pty::check(kernel::fstat(target.root.get(), &root), "look at", "/");
    place.facts.root_deleted = root.st_nlink == 0;
    place.facts.root_read_only = filesystem_of(target.root.get(), target.self.get()).read_only;
    place.facts.host_root = target.host_root;
    place.facts.host_mounts = target.host_root && (target.namespaces & CLONE_NEWNS) == 0;
}

void look_at_dev(PtmxPlace& place, const Target& target, const HostDevices& host) {
    place.dev = find_node(target.root.get(), "dev");
    if (!place.dev)
        return;
    Filesystem filesystem = filesystem_of(place.dev.get(), target.self.get());
    struct statx node = stat_node(place.dev.get());
    place.facts.dev = kind_of(node);
    place.facts.dev_mode = node.stx_mode & 0777U;
    place.facts.dev_host = node.stx_ino == host.dev_inode && filesystem.device == host.dev_device;
    place.facts.dev_type = filesystem.type;
    place.facts.dev_read_only = filesystem.read_only;
    place.facts.dev_mounted = filesystem.mount != filesystem_of(target.root.get(), target.self.get()).mount;
}

void look_at_pts(PtmxPlace& place, const Target& target, const Filesystem& dev, const HostDevices& host) {
    PtmxFacts& facts = place.facts;
    place.pts = find_node(place.dev.get(), "pts");
    if (!place.pts)
        return;
    Filesystem filesystem = filesystem_of(place.pts.get(), target.self.get());
    facts.pts = kind_of(stat_node(place.pts.get()));
    facts.pts_mounted = filesystem.mount != dev.mount;
    facts.pts_type = filesystem.type;
    facts.pts_nodev = filesystem.nodev;
    facts.pts_read_only = filesystem.read_only;
    facts.pts_host = filesystem.type == "devpts" && host.instances.contains(filesystem.device);
    place.pts_device = filesystem.device;
}

// Only on a devpts: its nodes answer at once.
void look_at_multiplexer(PtmxPlace& place) {
    place.multiplexer = find_node(place.pts.get(), "ptmx", strict | RESOLVE_NO_XDEV);
    if (!place.multiplexer)
        place.facts.multiplexer_error = errno;
    else
        place.facts.multiplexer_mode = stat_node(place.multiplexer.get()).stx_mode & 0777;
}

void look_at_node(PtmxPlace& place, const Target& target, const Filesystem& dev) {
    PtmxFacts& facts = place.facts;
    place.ptmx = find_node(place.dev.get(), "ptmx");
    if (!place.ptmx)
        return;
    Filesystem filesystem = filesystem_of(place.ptmx.get(), target.self.get());
    struct statx node = stat_node(place.ptmx.get());
    // What a server (FUSE) shows there is nothing of what it claims to be, nor may it be asked.
    facts.ptmx = filesystem.type == "fuse" && filesystem.mount != dev.mount ? NodeKind::other : kind_of(node);
    facts.ptmx_mounted = filesystem.mount != dev.mount;
    facts.ptmx_nodev = filesystem.nodev;
    facts.ptmx_type = filesystem.type;
    facts.ptmx_mode = node.stx_mode & 0777;
    facts.ptmx_major = node.stx_rdev_major;
    facts.ptmx_minor = node.stx_rdev_minor;
    facts.ptmx_instance = filesystem.type == "devpts" && filesystem.device == place.pts_device &&
                          node.stx_rdev_major == 5 && node.stx_rdev_minor == 2;
    if (facts.ptmx == NodeKind::link) {
        std::array<char, PATH_MAX> text{};
        auto length = pty::check(kernel::readlinkat(place.ptmx.get(), "", text.data(), text.size()),
                                 "look at", "/dev/ptmx");
        facts.link.assign(text.data(), static_cast<size_t>(length));
        facts.link_dangles = dangles(place.dev.get(), facts.link);
    }
}

void try_terminal(PtmxPlace& place) {
    constexpr uint64_t resolve = strict | RESOLVE_NO_XDEV;
    place.master.reset(kernel::openat2(place.pts.get(), "ptmx", O_RDWR | O_NOCTTY, resolve));
    if (!place.master)
        place.facts.allocation_error = errno;
}

} // namespace

HostDevices host_devices(const Target& target) {
    HostDevices host;
    struct stat dev = {};
    if (::stat("/dev", &dev) == 0) {
        host.dev_device = dev.st_dev;
        host.dev_inode = dev.st_ino;
    }
    // A jail without a mount namespace of its own has its devpts among our mounts, below its root.
    std::string jail;
    if ((target.namespaces & CLONE_NEWNS) == 0 && !target.host_root) {
        std::array<char, PATH_MAX> path{};
        auto length = pty::check(kernel::readlinkat(target.proc.get(), "root", path.data(), path.size()),
                                 "look at", "root");
        jail = std::string(path.data(), static_cast<size_t>(length)) + "/";
    }
    for (const Mount& mount : target.mounts)
        if (mount.type == "devpts" && (jail.empty() || !mount.point.starts_with(jail)))
            host.instances.insert(mount.device);
    return host;
}

PtmxPlace look_at_ptmx(const Target& target, const HostDevices& host) {
    PtmxPlace place;
    look_at_root(place, target);
    look_at_dev(place, target, host);
    bool served = place.facts.dev_mounted && place.facts.dev_type.starts_with("fuse");
    if (place.facts.dev != NodeKind::directory || served)
        return place;
    Filesystem dev = filesystem_of(place.dev.get(), target.self.get());
    look_at_pts(place, target, dev, host);
    look_at_node(place, target, dev);
    if (!place.facts.pts_mounted || place.facts.pts_type != "devpts")
        return place;
    look_at_multiplexer(place);
    if (place.facts.multiplexer_error == 0 && !place.facts.pts_host && !place.facts.pts_nodev)
        try_terminal(place);
    return place;
}

} // namespace jailcore
