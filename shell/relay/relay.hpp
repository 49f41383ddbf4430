// The client's half of a session: its user's terminal or pipes on one side, the router on the other.
#pragma once

#include "shell/relay/assignment.hpp"

namespace shell {

// Runs one session from its open request to its end. Whatever happens, the terminal is afterwards as it was.
// Catches SIGINT and its kin while it runs, and SIGPIPE must be ignored. Throws FailureError, StepError.
Ending run_relay(const Assignment& assignment);

} // namespace shell
