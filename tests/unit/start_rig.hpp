// Drives jstarter as the monitor does: as a program, over a socket, playing the parent that jinit is a child
// of.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/contract/report.hpp"
#include "jailcore/linux/starter/kill.hpp"
#include "jailcore/plan/fstab.hpp"
#include "pty/fd.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

struct Outcome {
    int status = -1; // as waitpid(2) gives it
    std::string output, errors;
    bool created = false, removed = false;
    [[nodiscard]] bool ok() const { return status == 0; }
};

class StartRig : public ::testing::Test {
protected:
    void SetUp() override;
    // Ends what runs and finds fault with whatever is left: mounts, processes, a cgroup.
    void TearDown() override;

    // What the next run of jstarter gets.
    struct Run {
        std::string plan{}; // of the kernel twin
        uid_t uid = 0;      // other than 0: as this user
        long jid = 7;
        bool verbose = false;
        std::vector<std::string> words{}; // of the client's user, besides
        bool garbled = false;             // they are none
        bool taken = true;                // the monitor takes the jail
        bool dies = false; // the monitor does, once it has taken the jail; then there is the file `dead`
        std::vector<std::string> environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    };
    Outcome run(const std::string& verb, const Run& how);
    Outcome run(const std::string& verb) { return run(verb, Run()); }

    // Ends the running jail as `jconsole kill` does.
    Outcome kill(const jailcore::KillOptions& options);

    // A command inside the running jail, through its namespaces and not through jenter; what it prints.
    [[nodiscard]] std::string inside(const std::string& script) const;
    // Collects jinit if it has died; whether the jail is gone.
    bool is_gone();
    void await_gone();
    void await_death(); // of all that were jinit; they are collected
    void kill_jail();
    void make_unprivileged(); // everything below the folder becomes the ordinary user's

    [[nodiscard]] std::string folder() const { return folder_; }
    [[nodiscard]] std::string root() const { return folder_ + "/jails/root"; }
    [[nodiscard]] std::string read(const std::string& name) const; // a file of the folder
    [[nodiscard]] std::string cgroup() const;

    // Mounts, processes, cgroups; but for what is gone soon: a keeper hears of the end of its jail and ends
    // in its own time.
    [[nodiscard]] std::vector<std::string> leftovers() const;

    // Whether what is tested needs a router of root's.
    [[nodiscard]] virtual bool needs_root() const { return true; }
    [[nodiscard]] uid_t ordinary() const; // user; whoever runs the tests, unless that is root
    std::string name;
    std::map<std::string, std::vector<std::string>> parameters; // of the jail
    std::vector<jailcore::FstabEntry> fstab;
    bool configured = true;                   // whether the configuration has the jail
    std::vector<jailcore::JailRecord> others; // further jails that run
    std::optional<jailcore::JailRecord> jail; // the one that was created
    pty::UniqueFd pidfd, spec;

private:
    void write_table() const;
    [[nodiscard]] std::vector<std::string> found_now() const;
    std::string folder_; // none: the test is skipped
};

// Of a fixture: for tests whose jails are an ordinary user's.
template <class Fixture>
class WithoutPrivileges : public Fixture {
protected:
    [[nodiscard]] bool needs_root() const override { return false; }
};
