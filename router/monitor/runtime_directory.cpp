#include "router/monitor/runtime_directory.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "router/wire/meeting.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace monitor {
namespace {

pty::UniqueFd own_directory(int at, const std::string& path, mode_t mode) {
    if (::mkdirat(at, path.c_str(), mode) == -1 && errno != EEXIST)
        throw pty::StepError(errno, "mkdir", path);
    pty::UniqueFd directory(
        pty::check(kernel::openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), "open", path));
    struct stat status = {};
    pty::check(::fstat(directory.get(), &status), "stat", path);
    if (status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw pty::StepError(EPERM, "use", path + " (it must be ours, and writable by nobody else)");
    return directory;
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw pty::StepError(ENAMETOOLONG, "bind", path);
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

// To be called under the lock: whatever socket is there is a dead router's.
// `refuses_descriptors` becomes false where it does not.
pty::UniqueFd listen_at(const std::string& path, mode_t mode, bool& refuses_descriptors) {
    sockaddr_un address = address_of(path);
    ::unlink(path.c_str());
    pty::UniqueFd listener(
        pty::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
    if (kernel::refuse_descriptors(listener.get()) == -1)
        refuses_descriptors = false;
    mode_t old = ::umask(static_cast<mode_t>(0777 & ~mode));
    int bound = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    int error = errno;
    ::umask(old);
    if (bound == -1)
        throw pty::StepError(error, "bind", path);
    pty::check(::listen(listener.get(), SOMAXCONN), "listen", path);
    return listener;
}

} // namespace

RuntimeDirectory::RuntimeDirectory(const std::string& socket, bool everybody) : socket_(socket) {
    std::string path = socket.substr(0, socket.rfind('/'));
    directory_ = own_directory(AT_FDCWD, path, everybody ? 0755 : 0700);
    state_ = own_directory(directory_.get(), "state", 0700);
    lock_ = pty::UniqueFd(pty::check(
        kernel::openat(directory_.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600), "open", "lock"));
    pty::check(::flock(lock_.get(), LOCK_EX | LOCK_NB), "lock", path);
    listener_ = listen_at(socket, everybody ? 0666 : 0600, refuses_descriptors_);
    if (!everybody)
        return;
    root_socket_ = path + "/" + std::string(wire::root_socket);
    root_listener_ = listen_at(root_socket_, 0600, refuses_descriptors_);
}

RuntimeDirectory::~RuntimeDirectory() {
    // Before the lock goes with this object: a router that starts now must not lose its socket to us.
    ::unlink(socket_.c_str());
    if (!root_socket_.empty())
        ::unlink(root_socket_.c_str());
}

std::vector<pty::UniqueFd> RuntimeDirectory::give_up_listeners() {
    std::vector<pty::UniqueFd> listeners;
    listeners.push_back(std::move(listener_));
    listeners.push_back(std::move(root_listener_));
    return listeners;
}

} // namespace monitor
