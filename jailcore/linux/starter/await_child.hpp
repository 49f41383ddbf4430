// Waiting for one child without leaving the others dead.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>

namespace jailcore {

// The status of the child `pid`, as waitpid(2) has it, once it has ended; nothing where that takes longer
// than `limit` (nothing: without limit), or `process`, a pidfd or -1, ends before it. Collects this process's
// other dead children meanwhile: a jail that somebody else ends may be theirs, and its pid namespace does not
// end before that. Throws StepError, of waiting for `line`.
std::optional<int> await_child(pid_t pid, std::optional<std::chrono::milliseconds> limit,
                               const std::string& line, int process = -1);

} // namespace jailcore
