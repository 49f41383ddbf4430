// Executing a program in a jail as execvp(3) does, and saying why it cannot be executed.
#pragma once

#include <string>
#include <vector>

namespace jailcore {

// A name with a slash is executed as it is, any other looked for in the PATH of `environment`; an empty
// element of PATH is the working folder, which is not looked at otherwise. Returns never; throws
// EnterFailure, with the exit status 127 where a program, or what it needs to be executed, is not there, and
// else 126. `user` is who is told that he may not execute it.
[[noreturn]] void execute_program(const std::string& name, const std::vector<std::string>& argv,
                                  const std::vector<std::string>& environment, const std::string& user);

} // namespace jailcore
