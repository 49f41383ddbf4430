// A process of ours in a jail.
#pragma once

#include "jailcore/contract/freebsd/enter_target.hpp"

#include <functional>
#include <optional>
#include <sys/types.h>

namespace jailcore {

// Forks a process that attaches itself, and runs `inside` there when it has been seen to be in the jail that
// is meant; its exit status is what that returns. Nobody in the jail can trace it before it executes a
// program. No directory may be open (jail_attach(2)). Returns its pid; nothing where it has failed before,
// and said why. Throws pty::StepError, EnterFailure.
std::optional<pid_t> run_attached(const EnterTarget& target, const std::function<int()>& inside);

} // namespace jailcore
