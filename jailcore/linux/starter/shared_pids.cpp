// A jail without a pid namespace of its own: its cgroup tells its processes.
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/starter/starter.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <fcntl.h>

namespace jailcore {

std::vector<pid_t> shared_pid_members(const JailRecord& jail) {
    std::string path = std::string(get_text(jail.cgroup)) + "/cgroup.procs";
    pty::UniqueFd file(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
    std::vector<pid_t> members;
    for (const std::string& field : split_fields(pty::read_all(file.get(), path)))
        members.push_back(std::stoi(field));
    return members;
}

void signal_members(const std::vector<pid_t>& members, int signal) {
    for (pid_t pid : members) {
        pty::UniqueFd member(kernel::pidfd_open(pid, 0));
        if (member)
            kernel::pidfd_send_signal(member.get(), signal);
    }
}

} // namespace jailcore
