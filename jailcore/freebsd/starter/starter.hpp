// One start, and one end, of a jail.
#pragma once

#include "jailcore/freebsd/kernel_jails.hpp"
#include "jailcore/plan/jail_configuration.hpp"
#include "jailcore/starter/kill_options.hpp"
#include "jailcore/starter/request.hpp"

namespace jailcore {

// Each returns whether that went well; what went wrong has been said. They throw StartFailure and
// pty::StepError.

bool start_jail(const JailConfiguration& jail, const Request& request);

// `configured`: nullptr for a jail that somebody else has made, or that the configuration no longer has: it
// is stopped without hooks.
bool stop_jail(const JailConfiguration* configured, const KernelJail& jail, const Request& request);

// As jkill(8) of the jailutils does: without its configuration.
bool kill_jail(const KernelJail& jail, const KillOptions& options, const Output& output);

} // namespace jailcore
