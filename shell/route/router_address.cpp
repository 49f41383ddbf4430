#include "shell/route/router_address.hpp"

#include "router/wire/meeting.hpp"
#include "shell/report.hpp"

#include <cerrno>
#include <cstdlib>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace shell {
namespace {

constexpr mode_t open_directory = 0755;
constexpr mode_t closed_directory = 0700;
constexpr mode_t permissions = 07777;
constexpr mode_t others_may_write = S_IWGRP | S_IWOTH;

std::optional<std::string> usable_runtime_dir(uid_t uid) {
    const char* path = std::getenv("XDG_RUNTIME_DIR");
    struct stat status = {};
    // sudo and su leave the variable of the user before: then it names another user's directory.
    if (path == nullptr || path[0] != '/' || ::lstat(path, &status) == -1 || !S_ISDIR(status.st_mode) ||
        status.st_uid != uid)
        return std::nullopt;
    return path;
}

[[noreturn]] void distrust(const std::string& directory, std::string cause, std::string mend) {
    throw FailureError({{}, "router's directory " + directory, std::move(cause), std::move(mend)});
}

// Of a socket that somebody named. In a sticky one others can make a socket, but put none in another's place;
// who listens is looked at then (connect_listening).
void trust_folder_of(const std::string& socket) {
    std::string directory = socket.substr(0, socket.rfind('/') + 1) + ".";
    struct stat status = {};
    if (::stat(directory.c_str(), &status) == -1)
        return; // to connect will fail as well, and say why
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        distrust(directory, "belongs to uid " + std::to_string(status.st_uid), "name a router of your own");
    if ((status.st_mode & others_may_write) != 0 && (status.st_mode & S_ISVTX) == 0)
        distrust(directory, "can be written by others, who may have put a router there",
                 "end what listens there, and chmod 0755 " + directory);
}

} // namespace

RouterAddress choose_router(const Circumstances& circumstances) {
    RouterAddress address;
    bool chosen = !circumstances.option.empty();
    if (circumstances.uid == 0 && (!chosen || circumstances.option == wire::system_socket))
        address.root_socket = std::string(wire::system_directory) + "/" + std::string(wire::root_socket);
    if (chosen) {
        address.socket = circumstances.option;
        return address;
    }
    address.on_demand = true;
    address.private_router = circumstances.uid != 0;
    address.mode = address.private_router ? closed_directory : open_directory;
    if (circumstances.uid == 0)
        address.directory = wire::system_directory;
    else if (circumstances.runtime_dir)
        address.directory = *circumstances.runtime_dir + "/jconsole";
    else
        address.directory = "/tmp/jconsole-" + std::to_string(circumstances.uid);
    address.socket = address.directory + "/socket";
    return address;
}

RouterAddress router_address(const std::string& option) {
    uid_t uid = ::geteuid();
    // The kernel lets nobody but root look at such a process, also not a router of its own user (proc(5)).
    if (uid != 0 && ::getuid() != uid)
        throw FailureError({{},
                            "connect",
                            "the effective user is uid " + std::to_string(uid) + ", the real one uid " +
                                std::to_string(::getuid()),
                            "become one user: sudo -u, or setpriv --reuid"});
    RouterAddress address = choose_router({option, uid, usable_runtime_dir(uid)});
    if (address.socket.size() >= sizeof(sockaddr_un::sun_path))
        throw FailureError({{},
                            "connect",
                            "the path '" + address.socket + "' is too long for a socket",
                            "choose one of at most 107 bytes"});
    return address;
}

void trust_directory(const RouterAddress& address) {
    if (address.directory.empty())
        return trust_folder_of(address.socket);
    const char* path = address.directory.c_str();
    struct stat status = {};
    if (::lstat(path, &status) == -1)
        distrust(address.directory, std::generic_category().message(errno), "name a router with --router");
    if (!S_ISDIR(status.st_mode))
        distrust(address.directory, "is not a directory", "remove it");
    if (status.st_uid != ::geteuid())
        distrust(address.directory, "belongs to uid " + std::to_string(status.st_uid),
                 "remove it, or set XDG_RUNTIME_DIR");
    if (address.private_router && (status.st_mode & permissions) != closed_directory)
        distrust(address.directory, "is open to others", "chmod 0700 " + address.directory);
    if ((status.st_mode & others_may_write) != 0)
        distrust(address.directory, "can be written by others, who may have put a router there",
                 "end what listens there, and chmod 0755 " + address.directory);
}

void prepare_directory(const RouterAddress& address) {
    if (!address.directory.empty() && ::mkdir(address.directory.c_str(), address.mode) == -1 &&
        errno != EEXIST)
        distrust(address.directory, std::generic_category().message(errno),
                 "make it, or name a router with --router");
    trust_directory(address);
}

} // namespace shell
