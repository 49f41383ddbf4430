#include "bench/harness_served.hpp"

#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace bench {

namespace fs = std::filesystem;

std::vector<Role> ServedInJail::roles() {
    std::vector<Role> result;
    for (pid_t pid : descendants_of(server_->pid())) {
        const std::string command = command_name(pid);
        if (command != "busybox" && command != "sh" && command != "inside")
            result.push_back({role_, pid});
    }
    return result;
}

void ServedInJail::serve(const Arguments& command, const std::string& log) {
    server_ = std::make_unique<Background>(fixture_.jail.enter(command), log);
}

void ServedInJail::serve_at(const std::string& socket, const Arguments& command) {
    fs::remove(socket); // of the server before
    serve(command, socket + ".log");
    wait_for_socket(socket, *server_);
}

Arguments on_host(Program program, const Fixture& fixture) {
    if (program == Program::shell)
        return {"/bin/busybox", "sh"};
    return {(fixture.programs / "inside").string()};
}

Arguments operator+(Arguments left, const Arguments& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

// Throws where no such program is in the PATH that every program of the benchmark gets.
void require_program(const std::string& name) {
    for (const std::string& variable : environment()) {
        if (!variable.starts_with("PATH="))
            continue;
        std::istringstream folders(variable.substr(5));
        for (std::string folder; std::getline(folders, folder, ':');)
            if (::access((fs::path(folder) / name).c_str(), X_OK) == 0)
                return;
    }
    throw std::runtime_error(name + " is not installed");
}

} // namespace bench
