// Paths that the kernel opens itself when it mounts a file system: a device, the layers of an overlay.
#pragma once

#include "jailcore/host_paths.hpp"
#include "jailcore/plan/linux/mount_plan.hpp"

#include <string>
#include <vector>

namespace jailcore {

// The source and options of `mount`, for the kernel: of a path that leads through a directory where a jail
// writes, the descriptor that it has been found by.
class KernelOpened {
public:
    // Throws PathFailure.
    KernelOpened(const PlannedMount& mount, const HostPaths& host);

    std::string source;
    std::vector<std::string> options;

private:
    std::string held(const std::string& path, const HostPaths& host);
    std::string held_all(const std::string& paths, const HostPaths& host);

    std::vector<pty::UniqueFd> held_;
};

} // namespace jailcore
