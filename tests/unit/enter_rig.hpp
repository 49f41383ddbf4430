// Jails made of namespaces and nothing else, and a monitor that enters them: what the tests of jenter stand
// on.
#pragma once

#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/contract/report.hpp"
#include "pty/fd.hpp"
#include "pty/program.hpp"
#include "pty/terminal.hpp"

#include <functional>
#include <optional>
#include <sched.h>
#include <string>
#include <sys/types.h>
#include <vector>

namespace enter_test {

struct JailOptions {
    int namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
    std::string id_map = {}; // "": the host's ids; else a user namespace with this uid_map and gid_map
    bool chroot = false;     // into its root directory only, in our mount namespace
    bool own_root = true;    // a root directory of its own, with busybox; else the host's
    bool devices = true;     // /dev with its nodes, devpts and ptmx
    std::function<void(const std::string& root)> stage = {}; // outside its root, which is at `root` then
    std::function<void()> prepare = {};                      // inside, as its superuser, before it is up
    std::function<void()> live = {};                         // inside, instead of doing nothing for ever
};

// A jail that is up from construction to destruction.
class TestJail {
public:
    explicit TestJail(const JailOptions& options = {});
    ~TestJail();
    TestJail(const TestJail&) = delete;
    TestJail& operator=(const TestJail&) = delete;
    [[nodiscard]] int pidfd() const { return pidfd_.get(); }
    [[nodiscard]] pid_t pid() const { return pid_; }
    void kill();

private:
    pid_t holder_ = -1; // our child, which waits for the jail's first process
    pid_t pid_ = -1;
    pty::UniqueFd pidfd_;
};

// What jailcore's users write into an enter spec for a jail with the host's ids.
jailcore::EnterSpec spec_with(uint64_t bounding_set);

struct Entry {
    std::vector<std::string> mode{"tty", "24", "80", "0", "0"}; // jenter's arguments
    pty::Program program;
    std::optional<jailcore::EnterSpec> spec;
    std::string input;   // typed at once
    std::string twin;    // a fault plan for jenter
    bool silent = false; // no report socket, as for a check
    int extra_fd = -1;   // one that the monitor leaks as descriptor 7
};

struct Outcome {
    std::vector<jailcore::Report> reports;
    std::string output; // of the terminal, or standard output
    std::string errors; // standard error, where it is a pipe
    int jenter = -1;    // wait statuses
    std::optional<int> program;
    [[nodiscard]] const jailcore::Report* find(jailcore::ReportKind kind) const;
    [[nodiscard]] std::string failure() const; // "STEP: CAUSE; MEND", "" where there was none
    [[nodiscard]] std::string notice() const;
    [[nodiscard]] bool ran() const { return program && failure().empty(); }
};

// Plays the monitor to the end of the session.
Outcome enter(int pidfd, const Entry& entry);

// `command` on a terminal, or on pipes.
Entry on_terminal(std::vector<std::string> command, std::vector<std::string> environment = {});
Entry on_pipes(std::vector<std::string> command);
Entry shell(const std::string& script);

// Runs `body` as this user without privilege, in a child; true where nothing in it failed.
bool as_user(uid_t uid, const std::function<void()>& body);

void write_file(const std::string& path, const std::string& content);

} // namespace enter_test
