// Our programs that are executed inside jails, as copies that no jail can change: it can reach what a process
// in it executes.
#pragma once

#include "pty/fd.hpp"

#include <string>
#include <vector>

namespace jailcore {

struct JailPrograms {
    std::vector<pty::UniqueFd> files; // open for reading, in the order asked for
    bool read_only = true;            // else only their content is: a jail may change their modes and owners
};

// Copies of the files `names` in the folder `folder`. Throws pty::StepError.
JailPrograms copy_jail_programs(const std::string& folder, const std::vector<std::string>& names);

} // namespace jailcore
