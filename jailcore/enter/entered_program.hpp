// The program that somebody runs in a jail, and its last steps, which are alike wherever it runs.
#pragma once

#include "jailcore/passwd.hpp"

#include <string>
#include <vector>

namespace jailcore {

struct EnteredProgram {
    User user;
    std::vector<std::string> environment;
    std::vector<std::string> argv; // empty: the login shell
    bool shell = false;            // argv, joined by blanks, is a line for the login shell
    std::string directory;         // "": the user's home, or "/"
    bool terminal = false;         // descriptor 0 is one, to become the controlling terminal
};

// Its working folder; where that is the home of its user and is not there, / and a line on standard error.
// Throws EnterFailure, pty::StepError.
void enter_directory(const EnteredProgram& program);

// Executes it. Returns never; throws EnterFailure.
[[noreturn]] void execute_entered(const EnteredProgram& program);

} // namespace jailcore
