// Processes of the benchmark: starting them on a pty or in the background, and what /proc says of them.
#pragma once

#include "pty/fd.hpp"

#include <exception>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace bench {

using Arguments = std::vector<std::string>;

// Somebody wants the benchmark to end. Everything that it started leads a session of its own and hears
// nothing of that, so it must not just die.
class Interrupted : public std::exception {
public:
    [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

// From now on SIGINT, SIGTERM and SIGHUP only interrupt system calls, and throw_if_interrupted() throws.
void catch_interrupts();
void throw_if_interrupted();

// As many descriptors as we may have: each session takes one.
void raise_descriptor_limit();

// The environment that every program of the benchmark gets, whatever the caller's is.
const std::vector<std::string>& environment();

// Starts argv[0] (looked up in PATH) as leader of a new session whose controlling terminal, stdin, stdout and
// stderr are the terminal at `path`. Throws StepError.
pid_t spawn_on_terminal(const Arguments& argv, const std::string& path);

// A process that serves in the background; its output goes to a log file. It is killed and reaped at the end.
class Background {
public:
    // A log of that name is begun anew. Throws StepError.
    Background(const Arguments& argv, std::string log);
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    [[nodiscard]] pid_t pid() const { return pid_; }
    // False once the process has ended.
    bool running();
    // Asks it by SIGTERM to end, and gives it 5 s for that.
    void terminate();
    // What it has written so far.
    [[nodiscard]] std::string log() const;

private:
    pid_t pid_ = -1;
    std::string log_;
    bool reaped_ = false;
};

// Waits until the process has ended, for at most `seconds`; then kills it. Reaps it.
void end_process(pid_t pid, double seconds);

// What one command prints; throws std::runtime_error with its output where its status is not 0.
std::string run_command(const Arguments& argv, const std::string& log);

std::vector<pid_t> children_of(pid_t pid);
std::vector<pid_t> descendants_of(pid_t pid);
std::vector<pid_t> threads_of(pid_t pid);
// The last part of argv[0]: what is executed from a descriptor has no other name (proc_pid_comm(5)).
std::string command_name(pid_t pid);

// Proportional set size in KiB of anonymous and shared memory (proc_pid_smaps_rollup(5)); nothing where it
// may not be read. Pages of files are left out: a router that shares its program's or libraries' pages with
// its clients would seem to shrink with each of them.
std::optional<double> proportional_set_size(pid_t pid);
std::optional<double> open_descriptors(pid_t pid);
// Voluntary and involuntary ones of all threads (proc_pid_status(5)).
std::optional<double> context_switches(pid_t pid);

double seconds_now();
void sleep_seconds(double seconds);

} // namespace bench
