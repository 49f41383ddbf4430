// The minimal /dev of mount.devfs: what FreeBSD's ruleset 4 shows, on a tmpfs.
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/starter/mounts.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <array>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace jailcore {
namespace {

struct Node {
    const char* name;
    unsigned major; // Documentation/admin-guide/devices.txt
    unsigned minor;
};

constexpr std::array<Node, 6> nodes{{
    {"null", 1, 3},
    {"zero", 1, 5},
    {"full", 1, 7},
    {"random", 1, 8},
    {"urandom", 1, 9},
    {"tty", 5, 0},
}};

struct Link {
    const char* name;
    const char* target;
};

constexpr std::array<Link, 5> links{{
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
    // Never a node: through the link the jail's own instance answers, whatever else is mounted.
    {"ptmx", "pts/ptmx"},
}};

void make_node(int dev, const Node& node) {
    pty::check(kernel::mknodat(dev, node.name, S_IFCHR | 0666U, makedev(node.major, node.minor)), "make node",
               node.name);
    pty::check(kernel::fchmodat(dev, node.name, 0666), "make node", node.name); // umask(2) took part of it
}

// The host's node itself; what lies under that name must be it (CVE-2025-31133).
void bind_node(int dev, const Node& node) {
    pty::UniqueFd file(pty::check(kernel::openat(dev, node.name, O_CREAT | O_EXCL | O_WRONLY, 0666),
                                  "make node", node.name));
    std::string host = std::string("/dev/") + node.name;
    pty::UniqueFd tree = copy_mount(AT_FDCWD, host.c_str(), false);
    struct stat status = {};
    pty::check(kernel::fstat(tree.get(), &status), "bind", host);
    if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(node.major, node.minor))
        throw StartFailure(host + " of the host is not the device of that name");
    attach(tree.get(), dev, node.name);
}

void make_directory(int dev, const char* name, unsigned mode) {
    pty::check(kernel::mkdirat(dev, name, mode), "make directory", name);
    pty::check(kernel::fchmodat(dev, name, mode), "make directory", name);
}

// Every mount of devpts is an instance of its own. Mounted in the host's first mount namespace it would take
// from the ptys that are reserved for the host; here it does not (fs/devpts/inode.c).
void mount_terminals(const Root& root, const PlannedMount& mount, int dev) {
    make_directory(dev, "pts", 0755);
    std::vector<std::string> options{"ptmxmode=0666", "mode=0620", "max=" + std::to_string(mount.pty_max)};
    if (!root.unprivileged)
        options.emplace_back("gid=5"); // tty, in every distribution
    pty::UniqueFd tree = new_filesystem("devpts", "devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    attach(tree.get(), dev, "pts");
}

// An inode takes kernel memory that `size` does not count.
void mount_shared_memory(const PlannedMount& mount, int dev) {
    make_directory(dev, "shm", 01777);
    pty::UniqueFd tree =
        new_filesystem("tmpfs", "shm", {"mode=1777", "size=" + mount.shm_size, "nr_inodes=16k"},
                       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    attach(tree.get(), dev, "shm");
}

} // namespace

pty::UniqueFd mount_devices(const Root& root, const PlannedMount& mount, int point) {
    pty::UniqueFd dev = new_filesystem("tmpfs", "devfs", {"mode=0755", "size=1m", "nr_inodes=1k"},
                                       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    attach(dev.get(), point, "");
    for (const Node& node : nodes)
        root.unprivileged ? bind_node(dev.get(), node) : make_node(dev.get(), node);
    for (const Link& link : links)
        pty::check(kernel::symlinkat(link.target, dev.get(), link.name), "make link", link.name);
    mount_terminals(root, mount, dev.get());
    mount_shared_memory(mount, dev.get());
    return dev;
}

} // namespace jailcore
