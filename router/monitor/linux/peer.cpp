#include "router/monitor/peer.hpp"

#include "jailcore/linux/jail_cgroup.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <utility>

#ifndef PIDFD_GET_PID_NAMESPACE
#define PIDFD_GET_PID_NAMESPACE _IO(0xFF, 5) // Linux 6.11, include/uapi/linux/pidfd.h
#define PIDFD_GET_USER_NAMESPACE _IO(0xFF, 9)
#endif

namespace monitor {

// Other mount, network or cgroup namespaces do not tell a jail: services that are closed in have them, too.
struct Whereabouts {
    uint64_t pid_namespace = 0;
    uint64_t user_namespace = 0;
    uint64_t root_device = 0; // of the root directory
    uint64_t root_inode = 0;
    std::string cgroups; // as /proc/PID/cgroup has them
};

namespace {

pty::UniqueFd open_proc(const std::string& process) {
    std::string path = "/proc/" + process;
    return pty::UniqueFd(pty::check(kernel::open(path.c_str(), O_PATH | O_DIRECTORY), "open", path));
}

// DONT_SYNC: a peer may live on a file system of its own, which must not make us wait (statx(2)).
struct statx facts_of(int proc, const char* path) {
    struct statx facts = {};
    pty::check(kernel::statx(proc, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, &facts), "stat",
               path);
    return facts;
}

uint64_t namespace_by_path(int proc, const char* path) {
    return facts_of(proc, path).stx_ino;
}

std::optional<uint64_t> namespace_by_pidfd(int process, unsigned long request) {
    pty::UniqueFd file(kernel::pidfd_namespace(process, request));
    struct stat status = {};
    if (!file || kernel::fstat(file.get(), &status) == -1)
        return std::nullopt;
    return status.st_ino;
}

void read_root(Whereabouts& found, int proc) {
    struct statx root = facts_of(proc, "root");
    found.root_device = makedev(root.stx_dev_major, root.stx_dev_minor);
    found.root_inode = root.stx_ino;
}

// SO_PEERPIDFD is there since Linux 6.5.
jailcore::ProcessHandle process_of(int socket, pid_t pid, bool& to_be_proven) {
    pty::UniqueFd process(kernel::peer_process(socket));
    to_be_proven = !process && errno == ENOPROTOOPT;
    if (!process && !to_be_proven)
        throw pty::StepError(errno, "peer_process", "peer");
    if (to_be_proven)
        process.reset(pty::check(kernel::pidfd_open(pid, 0), "pidfd_open", "peer"));
    return jailcore::ProcessHandle(std::move(process));
}

// Why the peer lives elsewhere than we; "" where it does not. The namespaces come first, and the root
// directory last: that of a jail may be on a file system that does not answer.
std::string difference(const Peer& peer, const Whereabouts& ours) {
    pty::UniqueFd proc = open_proc(std::to_string(peer.pid));
    // The number led to the directory of this process only if it is still there now.
    pty::check(kernel::pidfd_send_signal(peer.process.handed(), 0), "signal", "peer");
    auto pids = namespace_by_pidfd(peer.process.handed(), PIDFD_GET_PID_NAMESPACE);
    auto users = namespace_by_pidfd(peer.process.handed(), PIDFD_GET_USER_NAMESPACE);
    if ((pids ? *pids : namespace_by_path(proc.get(), "ns/pid")) != ours.pid_namespace ||
        (users ? *users : namespace_by_path(proc.get(), "ns/user")) != ours.user_namespace)
        return "you are in other pid or user namespaces than this router";
    if (std::string jail = jailcore::foreign_jail(jailcore::read_proc(proc.get(), "cgroup"), ours.cgroups);
        !jail.empty())
        return "you are in the jail of the cgroup " + jail;
    Whereabouts found;
    read_root(found, proc.get());
    if (found.root_device != ours.root_device || found.root_inode != ours.root_inode)
        return "you have another root directory than this router";
    return {};
}

} // namespace

std::shared_ptr<const Whereabouts> own_whereabouts() {
    pty::UniqueFd self = open_proc("self");
    Whereabouts found{namespace_by_path(self.get(), "ns/pid"), namespace_by_path(self.get(), "ns/user"), 0, 0,
                      jailcore::read_proc(self.get(), "cgroup")};
    read_root(found, self.get());
    return std::make_shared<const Whereabouts>(std::move(found));
}

std::optional<wire::Principal> peer_principal(int socket) {
    ucred credentials{};
    unsigned size = sizeof credentials;
    if (kernel::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == -1)
        return std::nullopt;
    return wire::Principal(credentials.uid);
}

PeerResult identify_peer(int socket, const Whereabouts& ours) {
    ucred credentials{};
    unsigned size = sizeof credentials;
    PeerResult result;
    try {
        pty::check(kernel::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size), "getsockopt",
                   "SO_PEERCRED");
        Peer peer{wire::Principal(credentials.uid), credentials.pid, {}};
        // A pid of 0: the peer lives in a pid namespace that ours does not contain.
        if (peer.pid <= 0) {
            result.refusal = "you are in another pid namespace than this router";
            return result;
        }
        peer.process = process_of(socket, peer.pid, result.to_be_proven);
        result.refusal = difference(peer, ours);
        if (result.refusal.empty())
            result.peer = std::move(peer);
    } catch (const pty::StepError& error) {
        result.refusal = std::string("who you are cannot be found out: ") + error.what();
    }
    return result;
}

} // namespace monitor
