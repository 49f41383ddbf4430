// A jail without a pid namespace of its own: its cgroup tells its processes.
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/pidfd.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "jailcore/linux/starter/cgroup.hpp"
#include "jailcore/linux/starter/starter.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <vector>

namespace jailcore {
namespace {

// A jail can see to it that the number of a member, once read, is soon a process's of the host. So the
// process is held first, and what proc says of the number then counts only where it has not ended afterwards:
// until that the number was its own.
bool is_member(pid_t pid, int process, const std::string& cgroup) {
    try {
        std::string said = read_proc(AT_FDCWD, "/proc/" + std::to_string(pid) + "/cgroup");
        return is_in_cgroup(said, cgroup) && !has_ended(process);
    } catch (const pty::StepError&) {
        return false; // it has ended
    }
}

std::vector<pid_t> processes_of(const std::string& cgroup) {
    std::string path = cgroup + "/cgroup.procs";
    pty::UniqueFd file(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
    std::vector<pid_t> members;
    for (const std::string& field : split_fields(pty::read_all(file.get(), path)))
        members.push_back(std::stoi(field));
    return members;
}

// Those of them that still are in the cgroup.
void signal_processes(const std::vector<pid_t>& members, const std::string& directory, int signal) {
    std::string cgroup = cgroup_name(directory);
    for (pid_t pid : members) {
        pty::UniqueFd member(kernel::pidfd_open(pid, 0));
        if (member && is_member(pid, member.get(), cgroup))
            kernel::pidfd_send_signal(member.get(), signal);
    }
}

} // namespace

std::vector<pid_t> shared_pid_members(const JailRecord& jail) {
    return processes_of(std::string(pty::get_text(jail.cgroup)));
}

void signal_members(const JailRecord& jail, const std::vector<pid_t>& members, int signal) {
    signal_processes(members, std::string(pty::get_text(jail.cgroup)), signal);
}

void kill_beside_jinit(const JailRecord& jail) {
    constexpr int rounds = 100; // who is killed is listed until he has died, and may have begun another
    constexpr timespec pause{0, 10'000'000};
    std::string cgroup(pty::get_text(jail.cgroup));
    cgroup.resize(cgroup.rfind('/'));
    for (int round = 0; round < rounds; ++round) {
        std::vector<pid_t> others = processes_of(cgroup);
        std::erase(others, jail.pid);
        if (others.empty())
            return;
        signal_processes(others, cgroup, SIGKILL);
        ::nanosleep(&pause, nullptr);
    }
}

} // namespace jailcore
