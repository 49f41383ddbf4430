#include "jailcore/linux/starter/hook_processes.hpp"

#include "jailcore/linux/freezer.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/memberships.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "jailcore/linux/starter/cgroup.hpp"
#include "jailcore/linux/starter/cgroup_folder.hpp"
#include "jailcore/listing/linux/cgroup_tree.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailcore {
namespace {

constexpr timespec pause_between{0, 10'000'000};

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

// No name of a jail has a colon.
std::string cgroup_of(const std::string& jail, HooksOf of) {
    auto members = cgroup_members(jail);
    return members ? parent_of(*members) + (of == HooksOf::start ? ":start" : ":stop") : "";
}

void kill_all(int directory, const std::string& cgroup) {
    if (!kill_populated(directory))
        throw StartFailure("what a hook has begun does not end: see " + cgroup + "/cgroup.procs");
}

// False where another has it who lives, and not only until it has died of what it was sent.
bool lock_of_the_dead(int directory) {
    constexpr int moments = 30;
    for (int attempt = 0; attempt < moments; ++attempt) {
        if (::flock(directory, LOCK_EX | LOCK_NB) == 0)
            return true;
        ::nanosleep(&pause_between, nullptr);
    }
    return false;
}

std::string own_cgroup() {
    pty::UniqueFd self(pty::check(kernel::open("/proc/self", O_PATH | O_DIRECTORY), "open", "/proc/self"));
    auto all = memberships(self.get());
    auto own = std::ranges::find_if(all, &Membership::is_unified);
    auto mounts = parse_mountinfo(read_proc(self.get(), "mountinfo"));
    auto directory = own == all.end() ? std::nullopt : directory_of(*own, mounts);
    return directory.value_or("");
}

// Into a process group that is new, for the one that we came from may be nobody's in our pid namespace. A
// leader keeps its own until it is collected, dead or not.
bool leave_process_group() {
    clone_args arguments{};
    arguments.exit_signal = SIGCHLD;
    pid_t leader = kernel::clone3(&arguments, sizeof arguments);
    if (leader == 0)
        ::_exit(::setpgid(0, 0));
    siginfo_t ended{};
    bool left = leader > 0 && ::waitid(P_PID, static_cast<id_t>(leader), &ended, WEXITED | WNOWAIT) == 0 &&
                ::setpgid(0, leader) == 0;
    if (leader > 0)
        ::waitpid(leader, nullptr, 0);
    return left;
}

// Of the restart's two halves the first is in the process group of the second.
void end_process_group() {
    pid_t group = ::getpid();
    if (::getpgrp() == group && leave_process_group())
        ::kill(-group, SIGKILL);
}

} // namespace

HookProcesses::HookProcesses(const std::string& jail, HooksOf of) : cgroup_(cgroup_of(jail, of)) {
    if (open(false)) {
        kill_all(directory_.get(), cgroup_);
        remove();
    }
}

// Locked by this process; false where there is none, or none can be made.
bool HookProcesses::open(bool make) {
    constexpr int moments = 100;
    for (int attempt = 0; !cgroup_.empty(); ++attempt) {
        if (make && kernel::mkdirat(AT_FDCWD, parent_of(cgroup_).c_str(), 0755) == -1 && errno != EEXIST)
            return false; // a user's cgroup is mostly not his to write to
        if (make && kernel::mkdirat(AT_FDCWD, cgroup_.c_str(), 0700) == -1 && errno != EEXIST &&
            errno != ENOENT)
            return false;
        directory_.reset(kernel::open(cgroup_.c_str(), O_RDONLY | O_DIRECTORY));
        if (!directory_ && !make)
            return false;
        if (directory_ && ::flock(directory_.get(), LOCK_EX | LOCK_NB) == 0 &&
            is_still(directory_.get(), cgroup_))
            return true;
        directory_.reset();
        // Whoever clears up behind one that was killed has it, and not for long.
        if (attempt == moments)
            throw StartFailure("another " + cgroup_.substr(cgroup_.rfind(':') + 1) +
                               " of it is under way, perhaps another router's; 'fuser " + cgroup_ +
                               "' names the process that does it");
        ::nanosleep(&pause_between, nullptr);
    }
    return false;
}

void HookProcesses::remove() {
    door_.reset();
    kernel::unlinkat(AT_FDCWD, cgroup_.c_str(), AT_REMOVEDIR);
    kernel::unlinkat(AT_FDCWD, parent_of(cgroup_).c_str(), AT_REMOVEDIR); // jails keep it
    directory_.reset();
}

int HookProcesses::door() {
    if (!directory_ && open(true))
        door_.reset(kernel::openat(directory_.get(), "cgroup.procs", O_WRONLY));
    // In one that is frozen they would not even begin: the jail that is stopped may lie below that as well.
    return directory_ && find_freeze(cgroup_) ? -1 : door_.get();
}

void HookProcesses::end() {
    end_process_group();
    if (!directory_)
        return;
    kill_all(directory_.get(), cgroup_);
    remove();
}

void HookProcesses::release() {
    if (!directory_)
        return;
    constexpr int rounds = 100; // what has been read may have begun another meanwhile
    std::string own = is_populated(directory_.get()) ? own_cgroup() : "";
    for (int round = 0; round < rounds && !own.empty() && is_populated(directory_.get()); ++round)
        for (pid_t pid : pids_of_cgroup(cgroup_))
            write_file(AT_FDCWD, (own + "/cgroup.procs").c_str(), std::to_string(pid));
    remove();
}

void end_left_hooks(const std::string& jail) {
    for (HooksOf of : {HooksOf::start, HooksOf::stop}) {
        std::string cgroup = cgroup_of(jail, of);
        pty::UniqueFd directory(cgroup.empty() ? -1 : kernel::open(cgroup.c_str(), O_RDONLY | O_DIRECTORY));
        if (!directory || !lock_of_the_dead(directory.get()) || !is_still(directory.get(), cgroup))
            continue;
        kill_all(directory.get(), cgroup);
        kernel::unlinkat(AT_FDCWD, cgroup.c_str(), AT_REMOVEDIR);
        kernel::unlinkat(AT_FDCWD, parent_of(cgroup).c_str(), AT_REMOVEDIR); // jails keep it
    }
}

} // namespace jailcore
