#include "jailcore/plan/linux/mount_plan.hpp"

#include "jailcore/plan/linux/refused.hpp"

#include <algorithm>
#include <array>

namespace jailcore {
namespace {

struct FlagOption {
    std::string_view name;
    uint32_t set;
    uint32_t clear;
};

constexpr std::array<FlagOption, 12> flag_options{{
    {"ro", mount_read_only, 0},
    {"rw", 0, mount_read_only},
    {"nosuid", mount_nosuid, 0},
    {"suid", 0, mount_nosuid},
    {"noexec", mount_noexec, 0},
    {"exec", 0, mount_noexec},
    {"nodev", mount_nodev, 0},
    {"dev", 0, mount_nodev},
    {"noatime", mount_noatime, 0},
    {"atime", 0, mount_noatime},
    // When rc mounts it, and how FreeBSD's fdescfs shows links: neither has a meaning here.
    {"late", 0, 0},
    {"linrdlnk", 0, 0},
}};

constexpr std::array<std::string_view, 7> memory_options{"size",      "mode",   "uid", "gid",
                                                         "nr_inodes", "inodes", "huge"};

// Those that hold files: on a disk, over a network, or others' files in layers. What the kernel shows of
// itself in files is never one of them, of whatever version the kernel is.
constexpr std::array<std::string_view, 48> file_types{
    "9p",    "affs",     "afs",      "bcachefs", "befs",     "bfs",     "btrfs",     "ceph",
    "cifs",  "cramfs",   "ecryptfs", "efs",      "erofs",    "exfat",   "ext2",      "ext3",
    "ext4",  "f2fs",     "fuseblk",  "gfs2",     "hfs",      "hfsplus", "hugetlbfs", "iso9660",
    "jffs2", "jfs",      "lustre",   "minix",    "msdos",    "nfs",     "nfs4",      "nilfs2",
    "ntfs",  "ntfs3",    "ocfs2",    "omfs",     "orangefs", "overlay", "reiserfs",  "romfs",
    "smb3",  "squashfs", "ubifs",    "udf",      "ufs",      "vfat",    "virtiofs",  "xfs"};

struct RefusedType {
    std::string_view name;
    std::string_view reason;
};

constexpr std::string_view of_the_host = "its files show the host's kernel, and change it";
constexpr std::string_view unknown_type =
    "it is not known to hold nothing but files; exec.prestart can mount it, or the host, and nullfs show it";

constexpr std::array<RefusedType, 19> refused_types{{
    {"cgroup", "its files run programs as the host's root; cgroup2 shows the jail's own cgroup"},
    {"cpuset", "its files run programs as the host's root; cgroup2 shows the jail's own cgroup"},
    {"devpts", "devfs mounts one that is the jail's own"},
    {"devtmpfs", "it is the host's /dev; devfs makes one for the jail"},
    {"ramfs", "nothing bounds its size; tmpfs has one"},
    {"binfmt_misc", of_the_host},
    {"bpf", of_the_host},
    {"configfs", of_the_host},
    {"debugfs", of_the_host},
    {"efivarfs", of_the_host},
    {"fusectl", of_the_host},
    {"nfsd", of_the_host},
    {"nsfs", of_the_host},
    {"pstore", of_the_host},
    {"resctrl", of_the_host},
    {"securityfs", of_the_host},
    {"selinuxfs", of_the_host},
    {"smackfs", of_the_host},
    {"tracefs", of_the_host},
}};

// Why it is not mounted; "" where it is.
std::string_view refusal_of(std::string_view type) {
    const auto* refused = std::ranges::find(refused_types, type, &RefusedType::name);
    if (refused != refused_types.end())
        return refused->reason;
    return std::ranges::find(file_types, type) == file_types.end() ? unknown_type : "";
}

MountKind kind_of(std::string_view type) {
    if (type == "nullfs")
        return MountKind::bind;
    if (type == "tmpfs")
        return MountKind::memory;
    if (type == "devfs")
        return MountKind::devices;
    if (type == "fdescfs")
        return MountKind::descriptors;
    if (type == "procfs" || type == "linprocfs" || type == "proc")
        return MountKind::processes;
    if (type == "linsysfs" || type == "sysfs")
        return MountKind::system;
    if (type == "cgroup2")
        return MountKind::cgroups;
    if (type == "mqueue")
        return MountKind::queues;
    return MountKind::other;
}

bool apply_flag(std::string_view option, uint32_t& flags) {
    const auto* found = std::ranges::find(flag_options, option, &FlagOption::name);
    if (found == flag_options.end())
        return false;
    flags = (flags & ~found->clear) | found->set;
    return true;
}

bool takes(MountKind kind, std::string_view option) {
    std::string_view name = option.substr(0, option.find('='));
    switch (kind) {
    case MountKind::memory:
        return std::ranges::find(memory_options, name) != memory_options.end();
    case MountKind::devices:
        return option == "ruleset=4";
    case MountKind::other:
        return true;
    default:
        return false;
    }
}

// FreeBSD's name for Linux's nr_inodes.
std::string translated(MountKind kind, const std::string& option) {
    if (kind == MountKind::memory && option.starts_with("inodes="))
        return "nr_" + option;
    return option;
}

bool has_parent_component(std::string_view path) {
    return path.ends_with("/..") || path.find("/../") != std::string_view::npos;
}

} // namespace

std::variant<PlannedMount, std::string> plan_mount(const MountLine& line) {
    PlannedMount mount{kind_of(line.type), line.parameter, line.source, line.point, line.type, 0, {}};
    if (!line.point.starts_with('/'))
        return line.parameter + ": " + line.point + ": not an absolute pathname";
    if (has_parent_component(line.point))
        return line.parameter + ": " + line.point + ": a mount point must not hold '..'";
    if (mount.kind == MountKind::bind && !line.source.starts_with('/'))
        return line.parameter + ": " + line.source + ": not an absolute pathname";
    if (std::string_view reason = refusal_of(line.type); mount.kind == MountKind::other && !reason.empty())
        return line.parameter + ": " + line.point + ": " + refusal(line.type, reason);
    for (const std::string& option : line.options) {
        if (apply_flag(option, mount.flags))
            continue;
        if (!takes(mount.kind, option))
            return line.parameter + ": " + line.point + ": " +
                   refusal(option, "a " + line.type + " mount has no such option");
        mount.options.push_back(translated(mount.kind, option));
    }
    return mount;
}

bool is_below(std::string_view root, std::string_view point) {
    while (root.ends_with('/'))
        root.remove_suffix(1);
    return point.starts_with(root) && (point.size() == root.size() || point[root.size()] == '/');
}

std::string below(std::string_view root, std::string_view point) {
    while (root.ends_with('/'))
        root.remove_suffix(1);
    std::string_view rest = point.substr(root.size());
    auto begin = std::min(rest.find_first_not_of('/'), rest.size());
    return std::string(rest.substr(begin));
}

} // namespace jailcore
