#include "jailcore/linux/starter/pids_limit.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/memberships.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "jailcore/linux/starter/cgroup_folder.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace jailcore {
namespace {

constexpr int attempts = 100;
constexpr timespec pause_between{0, 10'000'000};

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

bool write_setting(const std::string& directory, const char* name, std::string_view value) {
    pty::UniqueFd file(kernel::open((directory + "/" + name).c_str(), O_WRONLY));
    return file &&
           kernel::write(file.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

bool lists(const std::optional<std::string>& words, std::string_view wanted) {
    std::string_view rest = words ? std::string_view(*words) : "";
    while (!rest.empty())
        if (cut(rest, ' ') == wanted)
            return true;
    return false;
}

// Where the cgroups of our jails are in the hierarchy of version 1 that counts processes.
std::optional<std::string> version_1() {
    pty::UniqueFd self(pty::check(kernel::open("/proc/self", O_PATH | O_DIRECTORY), "open", "/proc/self"));
    auto all = memberships(self.get());
    auto own = std::ranges::find_if(all, [](const Membership& one) {
        return one.has_controller("pids");
    });
    if (own == all.end())
        return std::nullopt;
    if (::geteuid() == 0)
        own->path = "/";
    auto directory = directory_of(*own, parse_mountinfo(read_proc(self.get(), "mountinfo")));
    return directory ? std::optional(*directory + "/jconsole") : std::nullopt;
}

bool make_directory(const std::string& path, mode_t mode) {
    return kernel::mkdirat(AT_FDCWD, path.c_str(), mode) == 0 || errno == EEXIST;
}

pty::UniqueFd open_directory(const std::string& path) {
    return pty::UniqueFd(kernel::open(path.c_str(), O_RDONLY | O_DIRECTORY));
}

// It is for nobody else to open, and so to lock. Whoever removes the last other jail removes the directory of
// all of them.
pty::UniqueFd make_locked(const std::string& all, const std::string& path) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (!make_directory(all, 0755))
            return {};
        if (!make_directory(path, 0700) && errno != ENOENT)
            return {};
        pty::UniqueFd directory = open_directory(path);
        if (!directory)
            continue;
        if (::flock(directory.get(), LOCK_EX | LOCK_NB) == 0) {
            if (is_still(directory.get(), path))
                return directory;
        } else {
            ::nanosleep(&pause_between, nullptr); // whoever removes what the last one left
        }
    }
    throw StartFailure(
        "a start of a jail of that name is under way, perhaps another router's: wait for its end");
}

bool has_processes(int directory) {
    pty::UniqueFd file(kernel::openat(directory, "cgroup.procs", O_RDONLY));
    char byte;
    return file && kernel::read(file.get(), &byte, 1) == 1;
}

// Where a jail has a cgroup of version 2 it is that which tells whether there are two. What was killed is a
// member until it has died.
void expect_no_other(int directory, const std::string& path) {
    for (int attempt = 0; has_processes(directory); ++attempt) {
        if (attempt == attempts)
            throw StartFailure("a jail of that name runs already, perhaps another router's: " + path +
                               "/cgroup.procs names its processes; stop it there");
        ::nanosleep(&pause_between, nullptr);
    }
}

} // namespace

void delegate_pids(const std::string& jail) {
    std::vector<std::string> above; // the nearest first
    for (std::string directory = parent_of(jail); read_setting(directory, "cgroup.controllers");
         directory = parent_of(directory))
        above.push_back(directory);
    for (auto directory = above.rbegin(); directory != above.rend(); ++directory)
        if (!lists(read_setting(*directory, "cgroup.subtree_control"), "pids"))
            write_setting(*directory, "cgroup.subtree_control", "+pids");
}

std::optional<PidsLimit> PidsLimit::set(const std::string& jail, const std::optional<Cgroup>& cgroup,
                                        int64_t most) {
    const std::string limit = std::to_string(most);
    if (cgroup) {
        std::string directory = parent_of(cgroup->members);
        delegate_pids(directory);
        if (write_setting(directory, "pids.max", limit))
            return PidsLimit({});
    }
    auto all = version_1();
    if (!all)
        return std::nullopt;
    const std::string path = *all + "/" + jail;
    pty::UniqueFd directory = make_locked(*all, path);
    if (directory && !cgroup)
        expect_no_other(directory.get(), path);
    if (directory && write_setting(path, "pids.max", limit) &&
        ::faccessat(directory.get(), "cgroup.procs", W_OK, AT_EACCESS) == 0)
        return PidsLimit(std::move(directory));
    directory.reset();
    remove_pids_limit(jail);
    return std::nullopt;
}

void PidsLimit::count(pid_t jinit) {
    if (!directory_)
        return;
    std::string pid = std::to_string(jinit);
    pty::UniqueFd members(pty::check(kernel::openat(directory_.get(), "cgroup.procs", O_WRONLY),
                                     "limit processes of", "the jail"));
    pty::check(static_cast<int>(kernel::write(members.get(), pid.data(), pid.size())), "limit processes of",
               "the jail");
    directory_.reset();
}

void remove_pids_limit(const std::string& jail) {
    constexpr int moments = 500;
    auto all = version_1();
    if (!all)
        return;
    const std::string path = *all + "/" + jail;
    // A process that was killed is a member until it has died.
    for (int attempt = 0; attempt < moments; ++attempt) {
        pty::UniqueFd directory = open_directory(path);
        if (!directory || ::flock(directory.get(), LOCK_EX | LOCK_NB) == -1)
            break;
        if (kernel::unlinkat(AT_FDCWD, path.c_str(), AT_REMOVEDIR) == 0 || errno != EBUSY)
            break;
        directory.reset();
        ::nanosleep(&pause_between, nullptr);
    }
    kernel::unlinkat(AT_FDCWD, all->c_str(), AT_REMOVEDIR); // other jails keep it
}

} // namespace jailcore
