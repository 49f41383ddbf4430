// What serves in the jail, started for each sample: rows of the table of systems that are of that kind.
#pragma once

#include "bench/harness_systems.hpp"

namespace bench {

// One server, which the jail's nsenter(1) runs.
class ServedInJail : public System {
public:
    void end() override { server_.reset(); }
    // Whatever is below the server and none of the programs that the sessions run.
    [[nodiscard]] std::vector<Role> roles() override;

protected:
    // `role` is what its processes are called in the report.
    ServedInJail(const Fixture& fixture, const char* role) : fixture_(fixture), role_(role) {}
    void serve(const Arguments& command, const std::string& log);
    // And waits until it listens there.
    void serve_at(const std::string& socket, const Arguments& command);

    const Fixture& fixture_;
    std::unique_ptr<Background> server_;

private:
    const char* role_;
};

// The command line of the program where the host's root directory is seen.
Arguments on_host(Program program, const Fixture& fixture);

Arguments operator+(Arguments left, const Arguments& right);

// Throws where no such program is in the PATH that every program of the benchmark gets.
void require_program(const std::string& name);

} // namespace bench
