#include "jailcore/linux/starter/cgroup.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/mountinfo.hpp"
#include "jailcore/linux/pidfd.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "jailcore/linux/starter/pids_limit.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace jailcore {
namespace {

// How often, and how far apart, one looks whether processes have died.
constexpr int attempts = 500;
constexpr timespec pause_between{0, 10'000'000};

std::string read_file(const char* path) {
    pty::UniqueFd file(pty::check(kernel::open(path, O_RDONLY), "open", path));
    return pty::read_all(file.get(), path);
}

// Where version 2 is mounted.
std::vector<std::string> hierarchies() {
    std::vector<std::string> points;
    for (const Mount& mount : parse_mountinfo(read_file("/proc/self/mountinfo")))
        if (mount.type == "cgroup2" && mount.root == "/")
            points.push_back(mount.point);
    return points;
}

std::string own_cgroup() {
    std::istringstream lines(read_file("/proc/self/cgroup"));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("0::"))
            return line.substr(3) == "/" ? "" : line.substr(3);
    return {};
}

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

// The directories that a start has made, and nobody else.
using Made = std::vector<std::string>;

// The directory may be left from a jail that died, so that it is there already.
bool make_directory(const std::string& path, Made& made, mode_t mode = 0755) {
    if (kernel::mkdirat(AT_FDCWD, path.c_str(), mode) == -1)
        return errno == EEXIST;
    made.push_back(path);
    return true;
}

pty::UniqueFd open_directory(const std::string& path) {
    return pty::UniqueFd(kernel::open(path.c_str(), O_RDONLY | O_DIRECTORY));
}

bool is_still(int fd, const std::string& path) {
    struct stat opened = {}, there = {};
    return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &there) == 0 && opened.st_ino == there.st_ino;
}

bool has_processes(int directory) {
    pty::UniqueFd file(kernel::openat(directory, "cgroup.procs", O_RDONLY));
    char byte;
    return file && kernel::read(file.get(), &byte, 1) == 1;
}

bool try_lock(int directory) {
    return ::flock(directory, LOCK_EX | LOCK_NB) == 0;
}

// Whoever can open the directory can keep its lock.
void lock(int directory, const std::string& path) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (try_lock(directory))
            return;
        ::nanosleep(&pause_between, nullptr);
    }
    throw StartFailure("cgroup " + path + ": another process holds its lock; 'fuser " + path + "' names it");
}

void kill_processes(int jail, const std::string& members) {
    std::string file = members.substr(parent_of(members).size() + 1) + "/cgroup.kill";
    pty::UniqueFd all(kernel::openat(jail, file.c_str(), O_WRONLY));
    // ENODEV: it was removed since it was opened, so that nothing is in it.
    if (all && kernel::write(all.get(), "1", 1) == -1 && errno != ENODEV)
        throw pty::StepError(errno, "kill", members);
}

// Where the one that was there has ended. Some kernels list it for a moment after they have said so
// (Linux 6.19, where it leaves its cgroup only once it no longer runs).
bool has_new_jinit(int directory) {
    constexpr int moments = 20;
    for (int attempt = 0; has_processes(directory); ++attempt) {
        if (attempt == moments)
            return true;
        ::nanosleep(&pause_between, nullptr);
    }
    return false;
}

// Two jails in one place would be limited, listed and killed as one.
[[noreturn]] void refuse_second(const std::string& path) {
    std::string first = read_file((path + "/cgroup.procs").c_str());
    first = first.substr(0, first.find('\n'));
    // cgroups(7): 0 is one of a pid namespace that is not ours.
    bool visible = first != "0";
    throw StartFailure("a jail of that name runs already, " +
                       (visible ? "process " + first + " is its first" : "in another pid namespace") +
                       ": another router's, or one that this router has lost the record of; stop it there" +
                       (visible ? ", or end it with 'kill -9 " + first + "'" : ""));
}

// A jail that has cgroup2 mounted, or may mount it, makes cgroups of its own, which take kernel memory; and
// their paths must be short enough to remove them. Above the root of its cgroup namespace it cannot lift
// this.
void bound_descendants(int jail) {
    for (auto [file, most] : {std::pair("cgroup.max.descendants", "1000"), {"cgroup.max.depth", "8"}}) {
        pty::UniqueFd limit(kernel::openat(jail, file, O_WRONLY));
        if (limit)
            pty::write_all(limit.get(), most, file);
    }
}

// The cgroups that the jail has made.
void remove_descendants(const std::string& path) {
    std::error_code ignored; // whatever is left keeps its parent, which is then told
    std::vector<std::string> children;
    for (std::filesystem::directory_iterator entry(path, ignored), end; entry != end;
         entry.increment(ignored))
        if (entry->is_directory(ignored))
            children.push_back(entry->path());
    for (const std::string& child : children) {
        remove_descendants(child);
        kernel::unlinkat(AT_FDCWD, child.c_str(), AT_REMOVEDIR);
    }
}

// A process that was killed is a member until it has died.
bool remove_directory(const std::string& path) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (kernel::unlinkat(AT_FDCWD, path.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT)
            return true;
        if (errno != EBUSY)
            return false;
        remove_descendants(path);
        ::nanosleep(&pause_between, nullptr);
    }
    return false;
}

// To be called with the lock.
bool remove_directories(const std::string& members) {
    std::string jail = parent_of(members);
    remove_pids_limit(jail.substr(jail.rfind('/') + 1));
    if (!remove_directory(members) || !remove_directory(jail))
        return false;
    kernel::unlinkat(AT_FDCWD, parent_of(jail).c_str(), AT_REMOVEDIR); // other jails keep it
    return true;
}

// What a jail that was killed has left is no cgroup to be born in: since Linux 6.12 whoever is born where
// cgroup.kill was ever written is killed (kernel/cgroup/cgroup.c, kill_seq). To be called with the lock.
bool remove_left(int jail, const std::string& members) {
    if (has_new_jinit(jail))
        return false;
    kill_processes(jail, members);
    return remove_directories(members);
}

// Whoever reaps the jail of that name that was there before may remove the directory until it is locked, and
// whoever removes the last other jail their parent. It is for nobody else to open, and so to lock.
pty::UniqueFd make_locked(const std::string& members, Made& made) {
    constexpr int rivals = 100;
    const std::string path = parent_of(members);
    for (int attempt = 0; attempt < rivals; ++attempt) {
        if (!make_directory(parent_of(path), made))
            return {};
        size_t before = made.size();
        if (!make_directory(path, made, 0700)) {
            if (errno == ENOENT)
                continue;
            return {};
        }
        pty::UniqueFd directory = open_directory(path);
        if (!directory)
            continue;
        lock(directory.get(), path);
        bool is_left = made.size() == before;
        if (is_still(directory.get(), path) && (!is_left || !remove_left(directory.get(), members)))
            return directory;
    }
    return {};
}

std::optional<Cgroup> make_and_open(const std::string& members, Made& made) {
    Cgroup cgroup{members, make_locked(members, made), {}, {}};
    if (cgroup.jinit && has_new_jinit(cgroup.jinit.get()))
        refuse_second(parent_of(members));
    if (!cgroup.jinit || !make_directory(members, made))
        return std::nullopt;
    cgroup.directory = open_directory(members);
    bound_descendants(cgroup.jinit.get());
    // Of the last jail of that name, whose reaper comes behind us: they are not to be this one's.
    kill_processes(cgroup.jinit.get(), members);
    cgroup.events.reset(kernel::openat(cgroup.directory.get(), "cgroup.events", O_RDONLY));
    if (!cgroup.events || ::faccessat(cgroup.directory.get(), "cgroup.procs", W_OK, AT_EACCESS) == -1)
        return std::nullopt;
    return cgroup;
}

// Nobody else ever would.
void remove_made(Made& made) {
    for (; !made.empty(); made.pop_back())
        kernel::unlinkat(AT_FDCWD, made.back().c_str(), AT_REMOVEDIR);
}

} // namespace

std::optional<std::string> cgroup_members(const std::string& jail) {
    std::vector<std::string> points = hierarchies();
    if (points.empty())
        return std::nullopt;
    return points.front() + (::geteuid() == 0 ? "" : own_cgroup()) + "/jconsole/" + jail + "/members";
}

std::string cgroup_name(const std::string& members) {
    for (const std::string& point : hierarchies())
        if (members.starts_with(point + "/"))
            return members.substr(point.size());
    return {};
}

bool is_in_cgroup(std::string_view text, std::string_view name) {
    constexpr std::string_view unified = "0::"; // the line of version 2
    while (!text.empty()) {
        std::string_view line = cut(text, '\n');
        if (name.empty() || !line.starts_with(unified))
            continue;
        line.remove_prefix(unified.size());
        if (line.starts_with(name) && (line.size() == name.size() || line[name.size()] == '/'))
            return true;
    }
    return false;
}

std::optional<Cgroup> make_cgroup(const std::string& jail) {
    auto members = cgroup_members(jail);
    if (!members)
        return std::nullopt;
    Made made;
    try {
        if (auto cgroup = make_and_open(*members, made))
            return cgroup;
    } catch (...) {
        remove_made(made);
        throw;
    }
    // The jail does without one.
    remove_made(made);
    return std::nullopt;
}

void kill_cgroup(const std::string& members, int jinit) {
    pty::UniqueFd jail;
    if (!members.empty())
        jail = open_directory(parent_of(members));
    if (!jail)
        return;
    try_lock(jail.get()); // with it no other jail begins here; the jail's own start holds it yet, perhaps
    pty::UniqueFd all(kernel::openat(jail.get(), "cgroup.kill", O_WRONLY));
    if (all && !has_ended(jinit))
        kernel::write(all.get(), "1", 1);
}

void kill_members(const std::string& members) {
    pty::UniqueFd jail = open_directory(parent_of(members));
    if (!jail)
        return;
    // With it no other jail begins here meanwhile. The start of the one that has ended may hold it yet, for
    // as long as one of its hooks takes, which is no reason for the members to live on.
    try_lock(jail.get());
    if (!has_new_jinit(jail.get()))
        kill_processes(jail.get(), members);
}

bool remove_cgroup(const std::string& members, bool start_is_under_way) {
    std::string path = parent_of(members);
    for (int attempt = 0; attempt < attempts; ++attempt) {
        pty::UniqueFd jail = open_directory(path);
        if (!jail)
            return errno == ENOENT;
        if (try_lock(jail.get()))
            return !is_still(jail.get(), path) || has_new_jinit(jail.get()) || remove_directories(members);
        if (start_is_under_way)
            return true;
        ::nanosleep(&pause_between, nullptr);
    }
    errno = EBUSY;
    return false;
}

bool reap_cgroup(const std::string& members) {
    std::string path = parent_of(members);
    // What was to become jinit outlives a starter that was killed until it finds its channel closed.
    for (int attempt = 0; attempt < attempts; ++attempt) {
        pty::UniqueFd jail = open_directory(path);
        if (!jail) {
            remove_pids_limit(path.substr(path.rfind('/') + 1));
            return true;
        }
        if (try_lock(jail.get()) && is_still(jail.get(), path) && !has_processes(jail.get())) {
            kill_processes(jail.get(), members);
            return remove_directories(members);
        }
        jail.reset();
        ::nanosleep(&pause_between, nullptr);
    }
    return true;
}

} // namespace jailcore
