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
    // The command line of the client that attaches to a new `program` in the jail.
    [[nodiscard]] virtual Arguments client(Program program) const = 0;
    // The program's bytes come through as they are. What draws a screen of its own, as tmux does, can be
    // compared by its attach alone.
    [[nodiscard]] virtual bool passes_bytes() const { return true; }
    // So many sessions of it are held at once.
    [[nodiscard]] virtual size_t most_sessions() const { return 32; }
    // The processes between the client and the program that serve all sessions of `program`.
    [[nodiscard]] virtual std::vector<Role> roles(Program) { return {}; }
};

struct SystemRow {
    std::string name;
    // Starts what serves the system; throws where it is not there or does not work.
    std::function<std::unique_ptr<System>(const Fixture&)> make;
};

// In the order of the report. The first is the reference, the second the same again: it shows the noise.
const std::vector<SystemRow>& system_table();

} // namespace bench
