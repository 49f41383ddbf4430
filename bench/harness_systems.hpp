// The table of what is compared. Every system is driven through its own client on a pty.
#pragma once

#include "bench/harness_fixture.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bench {

enum class Program {
    shell,  // busybox sh: attach is measured to its prompt
    inside, // bench/inside.c: throughput and echo
};

struct Role {
    std::string name;
    pid_t pid;
};

class System {
public:
    virtual ~System() = default;
    // What serves clients that run `program` is there from the one to the other: it is started for each
    // sample and ended after it, so that nothing of it stands beside a sample of somebody else's. start()
    // throws where it does not start; end() may be called when nothing is there.
    virtual void start(Program) {}
    virtual void end() {}
    // The command line of the client that attaches to a new `program` in the jail.
    [[nodiscard]] virtual Arguments client(Program program) const = 0;
    // The program's bytes come through as they are. What draws a screen of its own, as tmux does, can be
    // compared by its attach alone.
    [[nodiscard]] virtual bool passes_bytes() const { return true; }
    // So many sessions of it are held at once.
    [[nodiscard]] virtual size_t most_sessions() const { return 32; }
    // The processes between the client and the program that serve all sessions; there while it is started.
    [[nodiscard]] virtual std::vector<Role> roles() { return {}; }
};

// A system that is started, until the end of the scope.
class Started {
public:
    Started(System& system, Program program) : system_(system) { system.start(program); }
    ~Started() { system_.end(); }
    Started(const Started&) = delete;
    Started& operator=(const Started&) = delete;

private:
    System& system_;
};

struct SystemRow {
    std::string name;
    // Makes what it needs, its jail and keys; throws where it is not there or does not work.
    std::function<std::unique_ptr<System>(const Fixture&)> make;
    bool all_streams = false; // it is also measured for every stream behind the first
};

// In the order of the report. The first is the reference, the second the same again: it shows the noise.
const std::vector<SystemRow>& system_table();

} // namespace bench
