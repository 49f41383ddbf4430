// The helper programs, opened once: what runs inside jails as no jail can change it
// (jailcore/jail_programs.hpp); the others from their files.
#pragma once

#include "jailcore/jail_programs.hpp"
#include "pty/fd.hpp"

#include <string>

namespace monitor {

struct Programs {
    jailcore::JailPrograms inside;
    pty::UniqueFd jworker;
    pty::UniqueFd jstarter;
    pty::UniqueFd jreader;
    pty::UniqueFd jcloser;
};

// From the folder `libexec`. Throws pty::StepError.
Programs open_programs(const std::string& libexec);

} // namespace monitor
