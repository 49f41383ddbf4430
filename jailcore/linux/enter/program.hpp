// What happens in the process that becomes the program: the last steps before its execution.
#pragma once

#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/linux/enter/target.hpp"
#include "jailcore/passwd.hpp"
#include "pty/program.hpp"

#include <optional>
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

// Bounding set, seccomp filter, groups, ids, capabilities, keyring, no_new_privs, in the order in which each
// may still be done. Throws StepError.
void take_credentials(const User& user, const Target& target, const EnterSpec* spec);

// Session, credentials, limits, directory. Throws EnterFailure, StepError.
void prepare_program(const EnteredProgram& program, const Target& target, const EnterSpec* spec);

// Returns never; throws EnterFailure, StepError.
[[noreturn]] void become_program(const EnteredProgram& program);

} // namespace jailcore
