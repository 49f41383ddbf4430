// The helper programs, opened once: what runs inside jails from copies that no jail can change; the others
// from their files.
#pragma once

#include "pty/fd.hpp"

#include <string>

namespace monitor {

struct Programs {
    pty::UniqueFd jenter;   // copy
    pty::UniqueFd jinit;    // copy
    pty::UniqueFd jworker;  // file
    pty::UniqueFd jstarter; // file
    pty::UniqueFd jreader;  // file
    pty::UniqueFd jcloser;  // file
};

// From the folder `libexec`. Throws pty::StepError.
Programs open_programs(const std::string& libexec);

} // namespace monitor
