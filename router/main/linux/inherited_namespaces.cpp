#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"
#include "router/main/linux/inherited.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/sched.h>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace inheritance {
namespace {

struct Kind {
    const char* ours;   // below /proc/self
    const char* theirs; // of the reference, below /proc/PID
    int flag;           // of setns(2); 0: nobody can leave it
    const char* name;
};
// The mount namespace last: it decides what the paths of the others mean.
constexpr std::array<Kind, 11> kinds{{
    {"ns/user", "ns/user", 0, "user namespace"},
    {"ns/pid", "ns/pid", 0, "pid namespace"},
    {"ns/net", "ns/net", CLONE_NEWNET, "network namespace"},
    {"ns/uts", "ns/uts", CLONE_NEWUTS, "uts namespace"},
    {"ns/ipc", "ns/ipc", CLONE_NEWIPC, "ipc namespace"},
    {"ns/cgroup", "ns/cgroup", CLONE_NEWCGROUP, "cgroup namespace"},
    {"ns/time", "ns/time", CLONE_NEWTIME, "time namespace"},
    {"ns/time_for_children", "ns/time", CLONE_NEWTIME, "time namespace"},
    {"ns/pid_for_children", "ns/pid", CLONE_NEWPID, "pid namespace of its children"},
    {"ns/mnt", "ns/mnt", CLONE_NEWNS, "mount namespace"},
    {"root", "root", 0, "root directory"},
}};

struct Identity {
    uint32_t device_major = 0, device_minor = 0;
    uint64_t inode = 0;
    bool operator==(const Identity&) const = default;
};

// Nothing where there is no such file.
std::optional<Identity> identity_of(const std::string& path) {
    struct statx facts = {};
    if (kernel::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC, STATX_INO, &facts) == -1)
        return std::nullopt;
    return Identity{facts.stx_dev_major, facts.stx_dev_minor, facts.stx_ino};
}

std::string proc_of(pid_t process) {
    return "/proc/" + std::to_string(process) + "/";
}

// The router makes the folder if it is not there: then where it will be.
bool folder_is_the_same(pid_t reference, std::string path) {
    do
        path.resize(path.rfind('/'));
    while (!path.empty() && !identity_of(path + "/"));
    return identity_of(path + "/") == identity_of(proc_of(reference) + "root" + path + "/");
}

std::vector<Kind> differing(pid_t reference) {
    std::vector<Kind> found;
    for (const Kind& kind : kinds)
        if (identity_of(std::string("/proc/self/") + kind.ours) !=
            identity_of(proc_of(reference) + kind.theirs))
            found.push_back(kind);
    return found;
}

[[noreturn]] void refuse(const Kind& kind, pid_t reference, const std::string& why) {
    throw Refusal(std::string("its ") + kind.name + " is not that of process " + std::to_string(reference) +
                  ", and every jail would be in it" + why + ": start it from there");
}

} // namespace

void expect_own_proc() {
    char number[32];
    ssize_t size = kernel::readlinkat(AT_FDCWD, "/proc/self", number, sizeof number);
    if (size == -1 || std::string_view(number, static_cast<size_t>(size)) != std::to_string(::getpid()))
        throw Refusal(
            "its /proc is not that of its pid namespace: mount that (unshare --mount-proc does), or "
            "start it from outside");
}

void join_namespaces(pid_t reference, const std::string& socket) {
    std::vector<Kind> others = differing(reference);
    if (others.empty() || !folder_is_the_same(reference, socket))
        return;
    std::vector<pty::UniqueFd> files;
    for (const Kind& kind : others) {
        // The root directory of another mount namespace comes with that.
        bool follows = std::string_view(kind.ours) == "root" && others.size() > 1 &&
                       others[others.size() - 2].flag == CLONE_NEWNS;
        if (follows)
            continue;
        if (kind.flag == 0 || ::geteuid() != 0)
            refuse(kind, reference, "");
        std::string path = proc_of(reference) + kind.theirs;
        files.emplace_back(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
    }
    for (size_t i = 0; i < files.size(); ++i)
        if (kernel::setns(files[i].get(), others[i].flag) == -1)
            refuse(others[i], reference, std::string(" (setns: ") + std::strerror(errno) + ")");
    if (std::vector<Kind> left = differing(reference); !left.empty())
        refuse(left.front(), reference, "");
}

} // namespace inheritance
