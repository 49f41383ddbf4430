#include "jailcore/process_handle.hpp"

#include "jailcore/contract/linux/jinit.hpp"
#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace jailcore {

// A pidfd is both: it can be handed on, and becomes readable when the process has ended (pidfd_open(2)).
struct ProcessHandle::SystemHold : Hold {
    explicit SystemHold(pty::UniqueFd held) : Hold{held.get(), held.get()}, pidfd(std::move(held)) {}
    pty::UniqueFd pidfd;
};

ProcessHandle::ProcessHandle(pid_t pid)
    : ProcessHandle(
          pty::UniqueFd(pty::check(kernel::pidfd_open(pid, 0), "pidfd_open", std::to_string(pid)))) {}

ProcessHandle::ProcessHandle(pty::UniqueFd given) {
    if (given)
        hold_ = std::make_shared<SystemHold>(std::move(given));
}

bool ProcessHandle::signal(int signal) const {
    return kernel::pidfd_send_signal(handed(), signal) == 0;
}

// proc(5): field 22 of /proc/PID/stat.
std::optional<uint64_t> start_time(pid_t pid) {
    std::string path = "/proc/" + std::to_string(pid) + "/stat";
    pty::UniqueFd file(kernel::open(path.c_str(), O_RDONLY));
    char buffer[1024];
    ssize_t size = file ? kernel::read(file.get(), buffer, sizeof buffer) : -1;
    if (size <= 0)
        return std::nullopt;
    std::string_view text(buffer, static_cast<size_t>(size));
    // Field 2 is the name that the process chose, in parentheses; nothing after the last `)` is its choice.
    auto end_of_name = text.rfind(')');
    if (end_of_name == std::string_view::npos)
        return std::nullopt;
    text.remove_prefix(end_of_name + 1);
    for (int field = 2; field < 22; ++field) {
        auto space = text.find(' ');
        if (space == std::string_view::npos)
            return std::nullopt;
        text.remove_prefix(space + 1);
    }
    uint64_t ticks = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ticks);
    return error == std::errc() ? std::optional(ticks) : std::nullopt;
}

// proc(5): /proc/PID/exe is none of a process that has given its memory back, which it does before it ends
// what is in its pid namespace (kernel/exit.c, do_exit); its own end comes when all of that was collected.
bool has_begun_to_end(const JailRecord& jail, const ProcessHandle& process) {
    char program[1];
    std::string path = "/proc/" + std::to_string(jail.pid) + "/exe";
    bool ending = ::readlink(path.c_str(), program, sizeof program) == -1 && errno == ENOENT;
    return ending || process.has_ended();
}

// Frozen ones, too: cgroups(7), cgroup.kill.
bool kill_jail(const JailRecord& jail, const ProcessHandle& process) {
    std::string_view cgroup = pty::get_text(jail.cgroup);
    if (!cgroup.empty()) { // that of all but jinit, in jinit's
        std::string all = std::string(cgroup.substr(0, cgroup.rfind('/'))) + "/cgroup.kill";
        pty::UniqueFd file(kernel::open(all.c_str(), O_WRONLY));
        if (file)
            kernel::write(file.get(), "1", 1);
    }
    return process.signal(SIGKILL) || errno == ESRCH;
}

void look_for_end(const ProcessHandle& process) {
    process.signal(jinit_look);
}

} // namespace jailcore
