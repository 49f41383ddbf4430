// A jail without a pid namespace of its own: its cgroup tells its processes.
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "jailcore/linux/starter/cgroup.hpp"
#include "jailcore/linux/starter/starter.hpp"
#include "jailcore/target.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <fcntl.h>

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

} // namespace

std::vector<pid_t> shared_pid_members(const JailRecord& jail) {
    std::string path = std::string(get_text(jail.cgroup)) + "/cgroup.procs";
    pty::UniqueFd file(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
    std::vector<pid_t> members;
    for (const std::string& field : split_fields(pty::read_all(file.get(), path)))
        members.push_back(std::stoi(field));
    return members;
}

void signal_members(const JailRecord& jail, const std::vector<pid_t>& members, int signal) {
    std::string cgroup = cgroup_name(std::string(get_text(jail.cgroup)));
    for (pid_t pid : members) {
        pty::UniqueFd member(kernel::pidfd_open(pid, 0));
        if (member && is_member(pid, member.get(), cgroup))
            kernel::pidfd_send_signal(member.get(), signal);
    }
}

} // namespace jailcore
