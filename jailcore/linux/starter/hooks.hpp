// Running the commands of exec.* and `command`: on the host, or in the jail through jenter.
// usr.sbin/jail/command.c, run_command().
#pragma once

#include "jailcore/host_paths.hpp"
#include "jailcore/linux/starter/hook_processes.hpp"
#include "jailcore/plan/commands.hpp"
#include "jailcore/plan/linux/plan.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/fd.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jailcore {

// What jenter needs of a running jail. Descriptors are borrowed.
struct InsideAccess {
    int jenter = -1; // the program
    int pidfd = -1;  // of jinit
    int spec = -1;   // sealed memfd of the EnterSpec
};

// A command has taken longer than it may.
class CommandLate : public StartFailure {
public:
    using StartFailure::StartFailure;
};

// It was ended by SIGKILL.
class CommandKilled : public StartFailure {
public:
    using StartFailure::StartFailure;
};

// How long a command may take, from its beginning on: what it is started by counts, for whoever is in the
// jail can stop it before it runs a program.
class TimeLimit {
public:
    // 0: without limit.
    explicit TimeLimit(int64_t seconds);
    // What is left, not below 0; nothing: without limit.
    [[nodiscard]] std::optional<std::chrono::milliseconds> left() const;
    // Waits for input; false when it is too late.
    [[nodiscard]] bool await(int fd) const;

private:
    std::optional<std::chrono::steady_clock::time_point> end_;
};

class HookRunner {
public:
    // `processes`: what is begun on the host is to be among them. Borrows all of them.
    HookRunner(const Plan& plan, uint32_t jid, const HostPaths& host, const Output& output,
               HookProcesses* processes);

    // The jail's first process, for commands on the host, from when on there is one; 0: there is none any
    // more.
    void set_process(pid_t process) { process_ = process; }

    // Each value of the list in order. Throws StartFailure, when a message has not been given already
    // StepError. `jinit`: pidfd of the jail without whose life they are in vain; -1: none.
    void run_on_host(const std::vector<std::string>& values, int jinit = -1) const;
    void run_inside(const std::vector<std::string>& values, const InsideAccess& jail) const;

private:
    void run_host_command(const Command& command, int jinit) const;
    void run_inside_command(const Command& command, const InsideAccess& jail) const;
    template <class Start>
    void finish(const Command& command, int jinit, Start start) const;
    void announce(const Command& command, bool inside) const;

    const Plan& plan_;
    uint32_t jid_;
    pid_t process_ = 0;
    const HostPaths& host_;
    const Output& output_;
    HookProcesses* processes_;
};

// ---- shared by hooks.cpp and host_command.cpp, inside_command.cpp

// Whom a command runs as, from the host's passwd.
struct HostUser {
    std::string name, home, shell;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
};

// `name`: "" is this process's own user. Throws StartFailure.
HostUser find_host_user(const std::string& name);

// This process's environment, without what would leave with its user: HOME, SHELL, USER and LOGNAME where
// `without_user`.
std::vector<std::string> inherited_environment(bool without_user);

// exec.clean's: PATH and TERM.
std::vector<std::string> clean_hook_environment();

// Waits for a child, which is left running where it is late. Throws
// StartFailure in jail(8)'s words: `LINE: failed`, `LINE: exited on signal N`; where the jail of `jinit`, a
// pidfd or -1, has ended meanwhile; or CommandLate, `LINE: timed out`. `output`: is told what freezes it.
void await_command(pid_t pid, const TimeLimit& limit, const std::string& line, int jinit,
                   const Output& output);

// Starts it on the host and returns its pid. Throws StepError, StartFailure, CommandLate.
struct HostCommand {
    const Command& command;
    std::vector<std::string> environment;
    const HostUser* user = nullptr; // nullptr: as we are
    bool go_home = false;           // where there is a user
    int door = -1;                  // as HookProcesses has it
};
pid_t start_host_command(const HostCommand& what, const TimeLimit& limit);

// Starts it in the jail and returns its pid. To enter takes a minute at most, with no limit, too. Throws
// StartFailure, StepError; CommandLate, and it is killed.
struct InsideCommand {
    const Command& command;
    std::string jail; // its name
    std::string user;
    std::string directory;
    std::vector<std::string> environment;
    int output = -1; // descriptor for its standard output and error output
};
pid_t start_inside_command(const InsideCommand& what, const InsideAccess& jail, const TimeLimit& limit);

} // namespace jailcore
