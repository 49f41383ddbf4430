// The client as a child: what it prints is read bit by bit, or it gets the terminal. Every verb that the
// screen needs is carried out by bin/jconsole, so that nothing is done in two ways.
#pragma once

#include "pty/fd.hpp"

#include <csignal>
#include <string>
#include <sys/types.h>
#include <vector>

namespace top {

// One whose output is read. It has a session of its own: what is typed for a program in the foreground is not
// for it, and no ssh that it starts can ask for a password in the middle of the screen.
class Child {
public:
    // argv[0] is the path of the program. Throws pty::StepError.
    explicit Child(const std::vector<std::string>& argv);
    // Kills it.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    // For poll(2); -1 at the end.
    [[nodiscard]] int output() const { return output_.get(); }
    [[nodiscard]] int error() const { return error_.get(); }
    // Takes what is there, and does not wait. At most 16 MiB are kept of each.
    void read();
    // Both are at their end. It is reaped by then.
    [[nodiscard]] bool ended() const { return pid_ < 0; }
    // As wait(2) says it; of one that has ended.
    [[nodiscard]] bool succeeded() const { return status_ == 0; }

    std::string printed;    // to its standard output, and not yet taken
    std::string complained; // to its standard error

private:
    pid_t pid_ = -1;
    int status_ = -1;
    pty::UniqueFd output_;
    pty::UniqueFd error_;
};

// Runs it on the terminal and waits for its end; `leaving`, which a signal handler sets, hangs it up, or
// keeps it from being started. Returns its exit status, or 128 and the signal. Throws pty::StepError.
int run_in_foreground(const std::vector<std::string>& argv, const volatile std::sig_atomic_t& leaving);

} // namespace top
