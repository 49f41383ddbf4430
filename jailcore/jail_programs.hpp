// Our programs that are executed inside jails, in a form that no jail can change: it can reach what a process
// in it executes.
#pragma once

#include "pty/fd.hpp"

#include <string>

namespace jailcore {

struct JailPrograms {
    pty::UniqueFd jenter;
    pty::UniqueFd jinit; // none where a jail of the system has no first process of its own
    std::string warning; // for the log: what a jail could yet do to them, and what follows; "": nothing
};

// From the folder `folder`; both can be executed by their descriptors. Throws pty::StepError.
JailPrograms open_jail_programs(const std::string& folder);

} // namespace jailcore
