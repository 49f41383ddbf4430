#include "shell/prompt/jobs.hpp"

#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/spawn.hpp"
#include "shell/report.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace prompt {
namespace {

constexpr int signalled = 128; // added to a signal's number, as shells do

// What main() ignores in the shell itself, and what somebody may have left ignored for us.
constexpr std::array<int, 7> restored{SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGCHLD};

// In the child, between fork and exec. The shell has no other thread, so that more than system calls may be
// made.
[[noreturn]] void become(const std::vector<char*>& argv, int input, int output, pid_t group, int terminal,
                         bool foreground) {
    if (terminal >= 0) {
        ::setpgid(0, group);
        // Here as well as in the parent, because nobody knows which of the two comes first. SIGTTOU is still
        // ignored, else this would stop us.
        if (foreground)
            ::tcsetpgrp(terminal, ::getpgrp());
    }
    for (int signal : restored)
        std::signal(signal, SIG_DFL);
    if (input >= 0)
        ::dup2(input, STDIN_FILENO);
    if (output >= 0)
        ::dup2(output, STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    shell::print_line(shell::error_line({{}, "execute " + std::string(argv[0]), std::strerror(errno), {}}));
    ::_exit(shell::own_error);
}

std::pair<pty::UniqueFd, pty::UniqueFd> make_pipe() {
    int ends[2];
    pty::check(::pipe2(ends, O_CLOEXEC), "pipe");
    return {pty::UniqueFd(ends[0]), pty::UniqueFd(ends[1])};
}

} // namespace

Jobs::~Jobs() {
    for (Job& job : stopped_)
        end_all(job);
}

// What a terminal does to its jobs when it goes (glibc manual, "Orphaned Process Groups").
void Jobs::end_all(Job& job) const {
    ::kill(-job.group, SIGHUP);
    ::kill(-job.group, SIGCONT);
}

void Jobs::start_member(Job& job, const Process& process, int input, int output) const {
    std::vector<char*> argv = pty::exec_pointers(process.argv);
    pid_t pid = pty::check(::fork(), "fork");
    if (pid == 0)
        become(argv, input, output, job.group, terminal_, job.members.empty());
    if (terminal_ >= 0)
        ::setpgid(pid, job.group);
    if (job.members.empty())
        job.group = pid;
    job.members.push_back({pid});
}

void Jobs::start(Job& job, const std::vector<Process>& pipeline) const {
    pty::UniqueFd from_before;
    for (size_t i = 0; i < pipeline.size(); ++i) {
        pty::UniqueFd next;
        pty::UniqueFd output;
        if (i + 1 < pipeline.size())
            std::tie(next, output) = make_pipe();
        int input = pipeline[i].input >= 0 ? pipeline[i].input : from_before.get();
        start_member(job, pipeline[i], input, output.get());
        from_before = std::move(next);
    }
}

void Jobs::hand_terminal(pid_t group) const {
    if (terminal_ >= 0)
        ::tcsetpgrp(terminal_, group); // fails only where the terminal is gone, and then reading says so
}

Jobs::Outcome Jobs::run(const std::vector<Process>& pipeline, const std::string& title) {
    Job job;
    job.title = title;
    job.number = stopped_.empty() ? 1 : std::ranges::max(stopped_, {}, &Job::number).number + 1;
    if (terminal_ >= 0)
        ::tcgetattr(terminal_, &job.modes);
    start(job, pipeline);
    hand_terminal(job.group);
    return wait_in_foreground(std::move(job));
}

Jobs::Outcome Jobs::resume(std::optional<size_t> number) {
    auto found = !number ? stopped_.end() - (stopped_.empty() ? 0 : 1)
                         : std::ranges::find(stopped_, *number, &Job::number);
    if (found == stopped_.end())
        throw shell::FailureError({{}, "fg", "there is no such stopped job", "jobs lists them"});
    Job job = std::move(*found);
    stopped_.erase(found);
    for (Member& member : job.members)
        if (member.state == Member::State::stopped)
            member.state = Member::State::running;
    pty::write_all(STDOUT_FILENO, pty::escape(job.title) + "\n", "standard output");
    termios own{};
    ::tcgetattr(terminal_, &own);
    ::tcsetattr(terminal_, TCSADRAIN, &job.modes);
    job.modes = own;
    hand_terminal(job.group);
    ::kill(-job.group, SIGCONT);
    return wait_in_foreground(std::move(job));
}

void Jobs::note(Member& member, int status) {
    if (WIFSTOPPED(status)) {
        member.state = Member::State::stopped;
        member.status = signalled + WSTOPSIG(status);
    } else {
        member.state = Member::State::ended;
        member.status = WIFSIGNALED(status) ? signalled + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

Jobs::Outcome Jobs::wait_in_foreground(Job job) {
    for (Member& member : job.members) {
        int status = 0;
        while (member.state == Member::State::running) {
            if (::waitpid(member.pid, &status, terminal_ >= 0 ? WUNTRACED : 0) == member.pid)
                note(member, status);
            else if (errno != EINTR)
                throw pty::StepError(errno, "wait for", job.title);
        }
    }
    termios own = job.modes;
    if (terminal_ >= 0) {
        ::tcgetattr(terminal_, &job.modes);
        hand_terminal(::getpgrp());
        ::tcsetattr(terminal_, TCSADRAIN, &own);
    }
    int status = job.members.front().status;
    bool stopped = std::ranges::any_of(job.members, [](const Member& member) {
        return member.state == Member::State::stopped;
    });
    if (stopped)
        stopped_.push_back(std::move(job));
    else if (job.members.size() > 1 && status == signalled + SIGPIPE)
        status = 0;
    return {status, stopped};
}

std::string Jobs::line(const Job& job) {
    return "[" + std::to_string(job.number) + "] stopped  " + pty::escape(job.title) + "\n";
}

std::string Jobs::list() const {
    std::string text;
    for (const Job& job : stopped_)
        text.append(line(job));
    return text;
}

std::string Jobs::last() const {
    return stopped_.empty() ? "" : line(stopped_.back());
}

void Jobs::collect() {
    std::erase_if(stopped_, [](Job& job) {
        bool left = false;
        for (Member& member : job.members) {
            int status = 0;
            if (member.state != Member::State::ended &&
                ::waitpid(member.pid, &status, WNOHANG | WUNTRACED) == member.pid)
                note(member, status);
            left = left || member.state != Member::State::ended;
        }
        return !left;
    });
}

} // namespace prompt
