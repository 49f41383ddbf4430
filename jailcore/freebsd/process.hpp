// What FreeBSD's kernel tells of one process.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace jailcore {

struct ProcessFacts {
    int jail = 0;        // the number of the jail that it is in; 0: none
    uint64_t start = 0;  // microseconds since 1970; with the pid it names one process
    std::string command; // the name of the file that it executes
};

// Throws pty::StepError: ESRCH where there is none, or none that this user may see.
ProcessFacts process_facts(pid_t pid);

} // namespace jailcore
