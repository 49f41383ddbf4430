// What works in a jail's /dev, seen by a process in it.
#pragma once

#include "jailcore/enter/freebsd/devfs_check.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace jailcore {

// What the host's /dev has, to compare.
struct HostDev {
    dev_t null = 0;
    std::vector<std::string> secrets; // names of what gives the host's memory or disks away
};

// Throws pty::StepError.
HostDev host_dev();

// In a process that does nothing else: it becomes the leader of a session.
InsideDev inside_dev(const HostDev& host);

} // namespace jailcore
