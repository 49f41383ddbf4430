#include "jailcore/linux/starter/mounts.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/read_only_files.hpp"
#include "jailcore/linux/starter/kernel_opened.hpp"
#include "jailcore/plan/linux/plan.hpp"
#include "jailcore/plan/linux/refused.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <optional>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

constexpr uint64_t beneath = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

// Where a jail's root with the host's uids could change the host through proc.
constexpr std::array<const char*, 12> read_only_in_proc{"acpi",          "asound", "bus", "driver",
                                                        "dynamic_debug", "fs",     "ide", "irq",
                                                        "mdstat",        "scsi",   "sys", "sysrq-trigger"};
// What would tell it of the host's keys, timers, memory and devices.
constexpr std::array<const char*, 16> hidden_in_proc{
    "keys",        "key-users", "timer_list",  "kcore",        "kpageflags", "kpagecount",
    "kpagecgroup", "slabinfo",  "vmallocinfo", "pagetypeinfo", "allocinfo",  "iomem",
    "ioports",     "mtrr",      "sched_debug", "latency_stats"};

constexpr uint64_t no_programs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

uint64_t attributes_of(uint32_t flags) {
    uint64_t attributes = 0;
    for (auto [flag, attribute] : {std::pair<uint32_t, unsigned>(mount_read_only, MOUNT_ATTR_RDONLY),
                                   {mount_nosuid, MOUNT_ATTR_NOSUID},
                                   {mount_noexec, MOUNT_ATTR_NOEXEC},
                                   {mount_nodev, MOUNT_ATTR_NODEV},
                                   {mount_noatime, MOUNT_ATTR_NOATIME}})
        if ((flags & flag) != 0)
            attributes |= attribute;
    return attributes;
}

void set_attributes(int tree, uint64_t attributes, bool recursive) {
    if (attributes == 0)
        return;
    mount_attr attr{};
    attr.attr_set = attributes;
    if ((attributes & MOUNT_ATTR_NOATIME) != 0)
        attr.attr_clr = MOUNT_ATTR__ATIME;
    unsigned flags = AT_EMPTY_PATH | (recursive ? unsigned{AT_RECURSIVE} : 0U);
    pty::check(kernel::mount_setattr(tree, "", flags, &attr, sizeof attr), "set mount options");
}

// The first part of `path` that is a symbolic link.
std::string find_link(const Root& root, const std::string& path) {
    std::string parts = below(root.path, path);
    for (size_t end = 0; end != std::string::npos;) {
        end = parts.find('/', end + 1);
        std::string part = parts.substr(0, end);
        char target[1];
        if (kernel::readlinkat(root.fd, part.c_str(), target, sizeof target) >= 0)
            return path.substr(0, path.size() - parts.size()) + part;
    }
    return path;
}

pty::UniqueFd mount_bind(const Root& root, const PlannedMount& mount, int point) {
    pty::UniqueFd source = resolve(root, mount.source, mount.parameter);
    // Without privileges what is mounted below the source may not be uncovered (mount_namespaces(7)), so it
    // comes along.
    pty::UniqueFd tree = copy_mount(source.get(), "", root.unprivileged);
    set_attributes(tree.get(), attributes_of(mount.flags), root.unprivileged);
    attach(tree.get(), point, "");
    return tree;
}

pty::UniqueFd mount_type(const PlannedMount& mount, int point, const char* type,
                         uint64_t more_attributes = 0) {
    pty::UniqueFd tree =
        new_filesystem(type, mount.source, mount.options, attributes_of(mount.flags) | more_attributes);
    attach(tree.get(), point, "");
    return tree;
}

pty::UniqueFd mount_other(const Root& root, const PlannedMount& mount, int point) {
    try {
        KernelOpened what(mount, root.host);
        pty::UniqueFd tree =
            new_filesystem(mount.type.c_str(), what.source, what.options, attributes_of(mount.flags));
        attach(tree.get(), point, "");
        return tree;
    } catch (const PathFailure& failure) {
        throw StartFailure(mount.parameter + ": " + failure.what());
    }
}

void cover(int proc, const char* path, pty::UniqueFd tree) {
    attach(tree.get(), proc, path);
}

// Empty files, for nobody to change, hide those of these names. A part of a mount can be copied only where
// the whole is mounted (before Linux 6.15), so it lies on `proc` meanwhile.
void hide_files(const Root& root, int proc) {
    pty::UniqueFd tree = mount_read_only_files({{"empty", "", 0444}});
    attach(tree.get(), proc, "");
    for (const char* path : hidden_in_proc)
        if (::faccessat(proc, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            cover(proc, path, copy_mount(tree.get(), "empty", false));
    pty::check(kernel::fchdir(tree.get()), "enter", "a file system");
    pty::check(kernel::umount2(".", MNT_DETACH), "detach", "a file system");
    pty::check(kernel::fchdir(root.fd), "enter", "the root");
}

// The jail has no process yet: nobody sees it before it is safe.
pty::UniqueFd mount_processes(const Root& root, const PlannedMount& mount, int point) {
    pty::UniqueFd proc = new_filesystem("proc", "proc", {}, attributes_of(mount.flags) | no_programs);
    attach(proc.get(), point, "");
    for (const char* path : read_only_in_proc) {
        if (::faccessat(proc.get(), path, F_OK, AT_SYMLINK_NOFOLLOW) == -1)
            continue;
        pty::UniqueFd copy = copy_mount(proc.get(), path, true);
        set_attributes(copy.get(), no_programs | MOUNT_ATTR_RDONLY, true);
        cover(proc.get(), path, std::move(copy));
    }
    hide_files(root, proc.get());
    return proc;
}

// On Linux /dev/fd is a link into proc, which mount.devfs makes; there is nothing to mount.
void expect_descriptors(const Root& root, const PlannedMount& mount) {
    constexpr std::string_view expected = "/proc/self/fd";
    char target[64];
    std::string path = below(root.path, mount.point);
    ssize_t length = kernel::readlinkat(root.fd, path.c_str(), target, sizeof target);
    if (length < 0 || std::string_view(target, static_cast<size_t>(length)) != expected)
        throw StartFailure(
            mount.parameter + ": " + mount.point +
            ": on Linux it must be a link to /proc/self/fd; mount.devfs makes that of /dev/fd");
}

pty::UniqueFd mount_on(const Root& root, const PlannedMount& mount, int point) {
    switch (mount.kind) {
    case MountKind::bind:
        return mount_bind(root, mount, point);
    case MountKind::memory:
        return mount_type(mount, point, "tmpfs");
    case MountKind::devices:
        return mount_devices(root, mount, point);
    case MountKind::processes:
        return mount_processes(root, mount, point);
    case MountKind::system:
        return mount_type(mount, point, "sysfs", no_programs | MOUNT_ATTR_RDONLY);
    case MountKind::cgroups:
    case MountKind::queues:
        return mount_type(mount, point, mount.type.c_str(), no_programs);
    case MountKind::other:
        return mount_other(root, mount, point);
    case MountKind::descriptors:
        break; // mount_planned() has seen to it
    }
    return {};
}

// To a user namespace the kernel gives a new proc or sysfs only where one is mounted already of which it can
// see all (mount_too_revealing(), fs/namespace.c).
constexpr const char* uncover =
    "; in a user namespace (vnet has one) it can be mounted only where nothing is mounted on parts of the "
    "host's own";

bool is_too_revealing(MountKind kind, int error) {
    return error == EPERM && (kind == MountKind::processes || kind == MountKind::system);
}

// Of what `fd` is open on; nothing where that is no root of a mount.
std::optional<MountIdentity> identify(int fd) {
    struct statx status = {};
    pty::check(kernel::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &status), "statx",
               "a mount");
    if ((status.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0)
        return std::nullopt;
    return MountIdentity{status.stx_dev_major, status.stx_dev_minor, status.stx_ino};
}

} // namespace

pty::UniqueFd resolve(const Root& root, const std::string& path, const std::string& parameter) {
    if (!is_below(root.path, path)) {
        try {
            return root.host.open(path);
        } catch (const PathFailure& failure) {
            throw StartFailure(parameter + ": " + failure.what());
        }
    }
    std::string inside = below(root.path, path);
    pty::UniqueFd fd(kernel::openat2(root.fd, inside.empty() ? "." : inside.c_str(), O_PATH, beneath));
    if (!fd && errno == ELOOP)
        throw StartFailure(parameter + ": " + find_link(root, path) + " is a symbolic link");
    if (!fd)
        throw StartFailure(with_cause(parameter + ": " + path, errno));
    return fd;
}

pty::UniqueFd new_filesystem(const char* type, const std::string& source,
                             const std::vector<std::string>& options, uint64_t attributes) {
    pty::UniqueFd context(pty::check(kernel::fsopen(type, FSOPEN_CLOEXEC), "new filesystem", type));
    pty::check(kernel::fsconfig(context.get(), FSCONFIG_SET_STRING, "source", source.c_str(), 0),
               "new filesystem", type);
    for (const std::string& option : options) {
        auto equals = option.find('=');
        std::string key = option.substr(0, equals);
        int result = equals == std::string::npos
                         ? kernel::fsconfig(context.get(), FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0)
                         : kernel::fsconfig(context.get(), FSCONFIG_SET_STRING, key.c_str(),
                                            option.c_str() + equals + 1, 0);
        pty::check(result, "mount option", option);
    }
    pty::check(kernel::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "new filesystem",
               type);
    int tree = kernel::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes));
    return pty::UniqueFd(pty::check(tree, "new filesystem", type));
}

pty::UniqueFd copy_mount(int dir, const char* path, bool recursive) {
    unsigned flags =
        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? unsigned{AT_RECURSIVE} : 0U);
    return pty::UniqueFd(pty::check(kernel::open_tree(dir, path, flags), "bind", path));
}

void attach(int tree, int point, const char* path) {
    constexpr unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    pty::check(kernel::move_mount(tree, "", point, path, flags), "mount", path);
}

bool is_mounted_inside(MountKind kind, uint32_t namespaces) {
    switch (kind) {
    case MountKind::processes:
        return (namespaces & namespace_pid) != 0;
    case MountKind::system: // its network interfaces
        return (namespaces & namespace_net) != 0;
    case MountKind::cgroups:
    case MountKind::queues:
        return true;
    default:
        return false;
    }
}

// A path that leads into the jail's tree past a link, where it does not begin with the jail's own path.
// Elsewhere the mount would be one that nobody sees: not the jail, whose root it is not below, nor the host.
void expect_within(const Root& root, const PlannedMount& mount) {
    auto identity = [](int fd) {
        struct stat facts = {};
        pty::check(kernel::fstat(fd, &facts), "stat", "a directory");
        return std::pair(facts.st_dev, facts.st_ino);
    };
    auto top = identity(root.fd);
    std::string parent = mount.point.substr(0, std::max<size_t>(mount.point.rfind('/'), 1));
    pty::UniqueFd place = resolve(root, parent, mount.parameter);
    for (auto here = identity(place.get()), below = here; here != top; below = here) {
        place.reset(pty::check(kernel::openat(place.get(), "..", O_PATH | O_DIRECTORY), "open", ".."));
        here = identity(place.get());
        if (here == below) // the host's root
            throw StartFailure(mount.parameter + ": " + mount.point +
                               " lies outside of the jail, whose path is " + root.path +
                               ": begin it with $path");
    }
}

void mount_planned(const Root& root, const PlannedMount& mount, std::vector<MadeMount>& made) {
    if (mount.kind == MountKind::descriptors)
        return expect_descriptors(root, mount);
    if (mount.kind == MountKind::other && root.unprivileged)
        throw StartFailure(mount.parameter + ": " + mount.point + ": " +
                           refusal(mount.type, "the kernel mounts it for root only"));
    pty::UniqueFd point = resolve(root, mount.point, mount.parameter);
    if (!is_below(root.path, mount.point))
        expect_within(root, mount);
    try {
        pty::UniqueFd tree = mount_on(root, mount, point.get());
        made.push_back({&mount, identify(tree.get()).value()});
    } catch (const pty::StepError& error) {
        throw StartFailure(mount.parameter + ": " + mount.point + ": " + error.what() +
                           (is_too_revealing(mount.kind, error.error()) ? uncover : ""));
    }
}

void expect_mounts(const Root& root, const std::vector<MadeMount>& made) {
    for (auto mount = made.begin(); mount != made.end(); ++mount) {
        const PlannedMount& planned = *mount->planned;
        bool covered = std::any_of(mount + 1, made.end(), [&](const MadeMount& later) {
            return is_below(later.planned->point, planned.point);
        });
        if (!covered && identify(resolve(root, planned.point, planned.parameter).get()) != mount->identity)
            throw StartFailure(
                planned.parameter + ": " + planned.point +
                ": what was mounted there is not there any more: a directory on the way was renamed, "
                "or a command unmounted it");
    }
}

std::string mount_line(const PlannedMount& mount) {
    std::string options;
    for (auto [flag, name] : {std::pair<uint32_t, const char*>(mount_read_only, "ro"),
                              {mount_nosuid, "nosuid"},
                              {mount_noexec, "noexec"},
                              {mount_nodev, "nodev"},
                              {mount_noatime, "noatime"}})
        if ((mount.flags & flag) != 0)
            options.append(options.empty() ? "" : ",").append(name);
    for (const std::string& option : mount.options)
        options.append(options.empty() ? "" : ",").append(option);
    return "mount -t " + mount.type + (options.empty() ? "" : " -o " + options) + " " + mount.source + " " +
           mount.point;
}

} // namespace jailcore
