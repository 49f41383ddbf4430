// What jenter says to whoever started it (jailcore/contract/report.hpp).
#pragma once

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/contract/report.hpp"
#include "pty/error.hpp"

#include <functional>
#include <optional>
#include <span>
#include <sys/types.h>

namespace jailcore {

// Throws pty::StepError.
void send_report(const Report& report, std::span<const int> fds = {});

// That `pid`, a child of the monitor, is inside. Throws pty::StepError.
void report_entered(pid_t pid);

// Returns the exit status that goes with it. A check has no socket for reports, and a monitor may have died:
// then it is a line on standard error, where that leads to a user.
int report_failure(const EnterFailure& failure);

// Runs `work`, reports why it failed, and returns the exit status.
int reporting(const std::function<int()>& work);

// Where a call failed because the jail is ending, whatever the call was: that. The system's own.
std::optional<EnterFailure> end_behind(const pty::StepError& error);

} // namespace jailcore
