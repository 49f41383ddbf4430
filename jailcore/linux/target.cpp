#include "jailcore/target.hpp"

#include "jailcore/contract/linux/jinit.hpp"
#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace jailcore {

pty::UniqueFd open_process(pid_t pid) {
    return pty::UniqueFd(pty::check(kernel::pidfd_open(pid, 0), "pidfd_open", std::to_string(pid)));
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

// pidfds become readable when their process has ended (pidfd_open(2)).
bool has_ended(int process) {
    pollfd waiting{process, POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1 && (waiting.revents & POLLIN) != 0;
}

// proc(5): /proc/PID/exe is none of a process that has given its memory back, which it does before it ends
// what is in its pid namespace (kernel/exit.c, do_exit); its own end comes when all of that was collected.
bool has_begun_to_end(int process, pid_t pid) {
    char program[1];
    std::string path = "/proc/" + std::to_string(pid) + "/exe";
    bool ending = ::readlink(path.c_str(), program, sizeof program) == -1 && errno == ENOENT;
    return ending || has_ended(process);
}

// cgroups(7), cgroup.kill.
bool kill_jail(std::string_view cgroup, int process) {
    if (!cgroup.empty()) { // that of all but jinit, in jinit's
        std::string all = std::string(cgroup.substr(0, cgroup.rfind('/'))) + "/cgroup.kill";
        pty::UniqueFd file(kernel::open(all.c_str(), O_WRONLY));
        if (file)
            kernel::write(file.get(), "1", 1);
    }
    return signal_process(process, SIGKILL) || errno == ESRCH;
}

void look_for_end(int process) {
    signal_process(process, jinit_look);
}

bool signal_process(int process, int signal) {
    return kernel::pidfd_send_signal(process, signal) == 0;
}

} // namespace jailcore
