// The helper programs, opened once: what runs inside jails from sealed memfds, so that no jail can write to
// them; the others from their files.
#pragma once

#include "pty/fd.hpp"

#include <string>

namespace monitor {

struct Programs {
    pty::UniqueFd jenter;   // sealed memfd
    pty::UniqueFd jinit;    // sealed memfd
    pty::UniqueFd jworker;  // file
    pty::UniqueFd jstarter; // file
    pty::UniqueFd jreader;  // file
};

// From the folder `libexec`. Throws pty::StepError.
Programs open_programs(const std::string& libexec);

} // namespace monitor
