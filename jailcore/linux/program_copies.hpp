// Copies of our programs that no jail can change.
#pragma once

#include "pty/fd.hpp"

#include <string>
#include <vector>

namespace jailcore {

struct ProgramCopies {
    std::vector<pty::UniqueFd> files; // open for reading, in the order asked for
    bool read_only = true;            // else only their content is: a jail may change their modes and owners
};

// Of the files `names` in the folder `folder`. Throws pty::StepError.
ProgramCopies copy_programs(const std::string& folder, const std::vector<std::string>& names);

} // namespace jailcore
