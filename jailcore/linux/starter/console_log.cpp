#include "jailcore/linux/starter/console_log.hpp"

#include "jailcore/linux/jail_file.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/mountinfo.hpp"
#include "jailcore/plan/linux/mount_plan.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

namespace jailcore {
namespace {

constexpr uint64_t within = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
constexpr int appending = O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK;
constexpr int rivals = 100; // somebody in the jail may make and remove it all the while

// A fifo that nobody reads would hold the start up for ever, and a file on which somebody has a lease
// (F_SETLEASE of fcntl(2)) for as long as fs.lease-break-time, each time. He is told of it, and whoever is no
// enemy gives it up.
pty::UniqueFd open_to_append(int directory, const std::string& name, int flags, const std::string& path) {
    constexpr int attempts = 100;
    constexpr timespec pause{0, 10'000'000};
    pty::UniqueFd log;
    for (int attempt = 0; !log && attempt < attempts; ++attempt) {
        log.reset(kernel::openat(directory, name.c_str(), appending | flags, 0666));
        if (!log && errno != EAGAIN)
            return log;
        if (!log)
            ::nanosleep(&pause, nullptr);
    }
    if (!log)
        throw StartFailure("exec.consolelog: somebody holds a lease on " + path + "; /proc/locks names him");
    pty::check(::fcntl(log.get(), F_SETFL, O_APPEND), "open", path); // the copy waits for a reader
    return log;
}

// Below its root the jail may have put a fifo, a device or a file of proc, to which nothing must be written,
// nor may they be opened.
pty::UniqueFd open_regular(int found, const std::string& path) {
    pty::UniqueFd self(pty::check(kernel::open("/proc/self", O_PATH | O_DIRECTORY), "open", "/proc/self"));
    struct stat facts = {};
    if (!holds_files(filesystem_of(found, self.get()).type) || kernel::fstat(found, &facts) == -1 ||
        !S_ISREG(facts.st_mode))
        throw StartFailure("exec.consolelog: " + path + " is not a regular file");
    std::string again = "fd/" + std::to_string(found);
    return open_to_append(self.get(), again, 0, path);
}

// Or a link that leads to a file of the host's.
pty::UniqueFd open_inside(const Plan& plan, const HostPaths& host, const std::string& path) {
    pty::UniqueFd root = host.open(plan.path);
    std::string name = below(plan.path, path);
    for (int attempt = 0; attempt < rivals; ++attempt) {
        pty::UniqueFd found(kernel::openat2(root.get(), name.c_str(), O_PATH, within));
        if (found)
            return open_regular(found.get(), path);
        if (errno != ENOENT)
            return {};
        found.reset(kernel::openat2(root.get(), name.c_str(), appending | O_CREAT | O_EXCL, within, 0666));
        if (found || errno != EEXIST)
            return found;
    }
    return {};
}

// The last part of the path is followed no more: a link that has come there meanwhile is looked at anew.
pty::UniqueFd open_on_host(const HostPaths& host, const std::string& path) {
    pty::UniqueFd log;
    for (int attempt = 0; attempt < rivals && !log; ++attempt) {
        HostPlace place = host.find(path);
        log = open_to_append(place.directory.get(), place.name, O_CREAT | O_NOFOLLOW, path);
        if (!log && errno != ELOOP)
            return log;
    }
    return log;
}

} // namespace

KeptLog console_log(const Plan& plan, const HostPaths& host) {
    const std::string& path = plan.hooks.console_log;
    if (path.empty())
        return {};
    bool inside = plan.path != "/" && is_below(plan.path, path);
    pty::UniqueFd log;
    try {
        log = inside ? open_inside(plan, host, path) : open_on_host(host, path);
    } catch (const PathFailure& failure) {
        throw StartFailure(std::string("exec.consolelog: ") + failure.what());
    }
    if (!log && errno == ELOOP)
        throw StartFailure("exec.consolelog: " + path + " is a symbolic link");
    if (!log)
        throw StartFailure(with_cause("exec.consolelog: " + path, errno));
    if (!inside)
        return keep_log(log.get());
    return {std::move(log), {}};
}

} // namespace jailcore
