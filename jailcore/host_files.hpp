// What a walk over the host's files (jailcore/host_paths.hpp) asks the system.
#pragma once

#include "pty/fd.hpp"

namespace jailcore {

// O_PATH. Throws pty::StepError.
pty::UniqueFd open_host_root();

enum class HostLink {
    text,    // it leads to what its text says
    kernels, // where it leads the kernel alone knows
    barred,  // links are not to be followed where it lies
};

// `link`: O_PATH. Throws pty::StepError.
HostLink kind_of_link(int link);

} // namespace jailcore
