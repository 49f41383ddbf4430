#include "jailcore/linux/starter/pids_limit.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/memberships.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace jailcore {
namespace {

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

bool make_directory(const std::string& path) {
    return kernel::mkdirat(AT_FDCWD, path.c_str(), 0755) == 0 || errno == EEXIST;
}

// Whoever removes the last other jail removes the directory of all of them.
bool make_below(const std::string& all, const std::string& directory) {
    constexpr int rivals = 100;
    for (int attempt = 0; attempt < rivals; ++attempt) {
        if (!make_directory(all))
            return false;
        if (make_directory(directory))
            return true;
        if (errno != ENOENT)
            return false;
    }
    return false;
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
    if (!all || !make_below(*all, *all + "/" + jail))
        return std::nullopt;
    std::string directory = *all + "/" + jail;
    pty::UniqueFd members(kernel::open((directory + "/cgroup.procs").c_str(), O_WRONLY));
    if (members && write_setting(directory, "pids.max", limit))
        return PidsLimit(std::move(members));
    remove_pids_limit(jail);
    return std::nullopt;
}

void PidsLimit::count(pid_t jinit) const {
    std::string pid = std::to_string(jinit);
    if (members_)
        pty::check(static_cast<int>(kernel::write(members_.get(), pid.data(), pid.size())),
                   "limit processes of", "the jail");
}

void remove_pids_limit(const std::string& jail) {
    constexpr int attempts = 500;
    constexpr timespec pause{0, 10'000'000};
    auto all = version_1();
    if (!all)
        return;
    std::string directory = *all + "/" + jail;
    // A process that was killed is a member until it has died.
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (kernel::unlinkat(AT_FDCWD, directory.c_str(), AT_REMOVEDIR) == 0 || errno != EBUSY)
            break;
        ::nanosleep(&pause, nullptr);
    }
    kernel::unlinkat(AT_FDCWD, all->c_str(), AT_REMOVEDIR); // other jails keep it
}

} // namespace jailcore
