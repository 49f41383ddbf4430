// What happens in the process that becomes the program: the last steps before its execution.
#pragma once

#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/enter/entered_program.hpp"
#include "jailcore/enter/linux/target.hpp"

namespace jailcore {

// Bounding set, seccomp filter, groups, ids, capabilities, keyring, no_new_privs, in the order in which each
// may still be done. Throws StepError.
void take_credentials(const User& user, const Target& target, const EnterSpec* spec);

// Session, credentials, limits, directory. Throws EnterFailure, StepError.
void prepare_program(const EnteredProgram& program, const Target& target, const EnterSpec* spec);

// Returns never; throws EnterFailure, StepError.
[[noreturn]] void become_program(const EnteredProgram& program);

} // namespace jailcore
