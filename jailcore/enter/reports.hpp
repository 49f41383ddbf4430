// What jenter says to whoever started it (jailcore/contract/report.hpp).
#pragma once

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/contract/report.hpp"

#include <span>

namespace jailcore {

// Throws pty::StepError.
void send_report(const Report& report, std::span<const int> fds = {});

// Returns the exit status that goes with it. A check has no socket for reports, and a monitor may have died:
// then it is a line on standard error, where that leads to a user.
int report_failure(const EnterFailure& failure);

} // namespace jailcore
