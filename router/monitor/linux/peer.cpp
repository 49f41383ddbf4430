#include "router/monitor/peer.hpp"

#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 // Linux 6.5
#endif
#ifndef PIDFD_GET_PID_NAMESPACE
#define PIDFD_GET_PID_NAMESPACE _IO(0xFF, 5) // Linux 6.11, include/uapi/linux/pidfd.h
#define PIDFD_GET_USER_NAMESPACE _IO(0xFF, 9)
#endif

namespace monitor {
namespace {

uint64_t inode_of(const std::string& path) {
    struct stat status {};
    pty::check(::stat(path.c_str(), &status), "stat", path);
    return status.st_ino;
}

PeerNamespaces namespaces_by_path(const std::string& process) {
    return {inode_of("/proc/" + process + "/ns/pid"), inode_of("/proc/" + process + "/ns/user")};
}

std::optional<uint64_t> inode_by_pidfd(int process, unsigned long request) {
    pty::UniqueFd file(kernel::pidfd_namespace(process, request));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) == -1)
        return std::nullopt;
    return status.st_ino;
}

PeerNamespaces namespaces_of(const Peer& peer) {
    auto pid = inode_by_pidfd(peer.process.get(), PIDFD_GET_PID_NAMESPACE);
    auto user = inode_by_pidfd(peer.process.get(), PIDFD_GET_USER_NAMESPACE);
    if (pid && user)
        return {*pid, *user};
    PeerNamespaces found = namespaces_by_path(std::to_string(peer.pid));
    // The path named this process only if it is still there now.
    pty::check(kernel::pidfd_send_signal(peer.process.get(), 0), "signal", "peer");
    return found;
}

pty::UniqueFd pidfd_of(int socket, pid_t pid) {
    int fd = -1;
    socklen_t size = sizeof fd;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &fd, &size) == 0)
        return pty::UniqueFd(fd);
    return pty::UniqueFd(pty::check(kernel::pidfd_open(pid, 0), "pidfd_open", "peer"));
}

} // namespace

PeerNamespaces own_namespaces() {
    return namespaces_by_path("self");
}

PeerResult identify_peer(int socket, const PeerNamespaces& ours) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    PeerResult result;
    try {
        pty::check(::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size), "getsockopt",
                   "SO_PEERCRED");
        Peer peer{credentials.uid, credentials.pid, {}};
        // A pid of 0: the peer lives in a pid namespace that ours does not contain.
        if (peer.pid <= 0) {
            result.refusal = "you are in another pid namespace than this router";
            return result;
        }
        peer.process = pidfd_of(socket, peer.pid);
        if (namespaces_of(peer) == ours)
            result.peer = std::move(peer);
        else
            result.refusal = "you are in other pid or user namespaces than this router";
    } catch (const pty::StepError& error) {
        result.refusal = std::string("who you are cannot be found out: ") + error.what();
    }
    return result;
}

} // namespace monitor
