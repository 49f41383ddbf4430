// What the shell executes, with job control as in a POSIX shell (glibc manual, "Implementing a Job Control
// Shell"): each job is a process group that has the terminal while it runs, so that ^C and ^Z reach it and
// not the shell.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <sys/types.h>
#include <termios.h>
#include <vector>

namespace prompt {

struct Process {
    std::vector<std::string> argv; // argv[0] is the path of the program
    int input = -1; // its standard input; -1: as the shell's, or what the process before it writes
};

class Jobs {
public:
    // `terminal` is the controlling terminal, in whose foreground the shell must be; -1: no job control, and
    // jobs stay in the shell's process group.
    explicit Jobs(int terminal) : terminal_(terminal) {}
    ~Jobs();
    Jobs(const Jobs&) = delete;
    Jobs& operator=(const Jobs&) = delete;

    // Of the first process: its exit status, or 128 + N where signal N ended or stopped it, as shells have
    // it. One that ended because the next did not want to read any more is 0.
    struct Outcome {
        int status = 0;
        bool stopped = false;
    };

    // Runs processes, each of which reads what the one before it writes, until all have ended or stopped.
    // Throws pty::StepError.
    Outcome run(const std::vector<Process>& pipeline, const std::string& title);

    // Goes on with a stopped job, the last one where no number is given, and shows which it is. Throws
    // shell::FailureError where there is none.
    Outcome resume(std::optional<size_t> number);

    // `[1] stopped  TITLE` and a newline for each stopped job.
    [[nodiscard]] std::string list() const;
    [[nodiscard]] size_t stopped() const { return stopped_.size(); }
    // The line of the one that stopped last.
    [[nodiscard]] std::string last() const;

    // Forgets the stopped jobs that have been ended from elsewhere.
    void collect();

private:
    struct Member {
        pid_t pid = 0;
        enum class State { running, stopped, ended } state = State::running;
        int status = 0; // as the shell shows it
    };
    struct Job {
        size_t number = 0;
        std::string title;
        pid_t group = 0;
        std::vector<Member> members;
        termios modes{};
    };

    static std::string line(const Job& job);
    void start(Job& job, const std::vector<Process>& pipeline) const;
    void start_member(Job& job, const Process& process, int input, int output) const;
    Outcome wait_in_foreground(Job job);
    void hand_terminal(pid_t group) const;
    void end_all(Job& job) const;
    static void note(Member& member, int status);

    int terminal_;
    std::vector<Job> stopped_; // the last to stop is the last
};

} // namespace prompt
