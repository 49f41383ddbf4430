// The jail that is entered, seen from the host.
#pragma once

#include "jailcore/contract/freebsd/enter_target.hpp"

#include "jailcore/freebsd/kernel_jails.hpp"

#include <sys/types.h>

namespace jailcore {

// From jenter's descriptor. Throws EnterFailure.
EnterTarget read_target();

// What the kernel has of it. Throws EnterFailure where it has ended, pty::StepError.
KernelJail jail_of(const EnterTarget& target);

// Whether `child`, which has attached itself to a jail, is in the one that is meant: the number may have
// become another jail's meanwhile, and the child holds its own from then on (jail_attach(2)). Throws
// EnterFailure where it is not, pty::StepError.
void expect_in_target(pid_t child, const EnterTarget& target);

} // namespace jailcore
