#include "shell/prompt/answer.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace prompt {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t longest_answer = size_t{4} << 20;

// False where it is not readable by then.
bool wait_readable(int fd, Clock::time_point end) {
    for (;;) {
        auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd entry{fd, POLLIN, 0};
        int ready = ::poll(&entry, 1, static_cast<int>(std::max<long long>(0, left)));
        if (ready >= 0)
            return ready > 0;
        if (errno != EINTR) // of a resize, for one
            throw pty::StepError(errno, "poll", "completion");
    }
}

// Nothing where the end did not come in time.
std::optional<std::string> read_to_the_end(int fd, Clock::time_point end) {
    std::string text;
    std::array<char, 16384> chunk;
    while (text.size() <= longest_answer && wait_readable(fd, end)) {
        ssize_t count = ::read(fd, chunk.data(), chunk.size());
        if (count == 0)
            return text;
        if (count > 0)
            text.append(chunk.data(), static_cast<size_t>(count));
        else if (errno != EINTR)
            break;
    }
    return std::nullopt;
}

pid_t start(const std::vector<std::string>& argv, int nothing, int output) {
    std::vector<char*> pointers = pty::exec_pointers(argv);
    pid_t pid = pty::check(::fork(), "fork");
    if (pid > 0)
        return pid;
    // In the child: system calls only. The signals that the shell ignores are meant to be ignored here, too.
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(nothing, STDERR_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(EXIT_FAILURE);
}

} // namespace

std::string answer_of(const std::vector<std::string>& argv, std::chrono::milliseconds patience) {
    pty::UniqueFd nothing(pty::check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open", "/dev/null"));
    int ends[2];
    pty::check(::pipe2(ends, O_CLOEXEC), "pipe");
    pty::UniqueFd output(ends[0]);
    pty::UniqueFd input(ends[1]);
    pid_t pid = start(argv, nothing.get(), input.get());
    input.reset();
    std::optional<std::string> text = read_to_the_end(output.get(), Clock::now() + patience);
    // It may have closed its output and go on: what is wanted has been said.
    ::kill(pid, SIGKILL);
    pty::wait_for_end(pid);
    return text.value_or("");
}

} // namespace prompt
