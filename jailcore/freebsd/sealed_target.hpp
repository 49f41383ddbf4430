#pragma once

#include "jailcore/contract/freebsd/enter_target.hpp"
#include "pty/fd.hpp"

namespace jailcore {

// As a helper is handed it. Throws pty::StepError.
pty::UniqueFd sealed_target(const EnterTarget& target);

} // namespace jailcore
