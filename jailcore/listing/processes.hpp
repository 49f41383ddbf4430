// Processes in jails, as a table.
#pragma once

#include "jailcore/contract/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace jailcore {

struct Process {
    int32_t pid = 0; // in the reader's pid namespace
    int32_t parent = 0;
    std::vector<int32_t> pids; // from the reader's pid namespace down to the process's own
    uint32_t user = 0;         // effective uid
    std::string terminal;      // pts/0; "-": none; "?": one without a name of its own
    uint64_t ticks = 0;        // clock ticks of processor time used
    uint64_t start_time = 0;   // clock ticks since boot
    char state = '?';          // the kernel's letter: R, S, D, T, Z ...
    int32_t group = 0;
    int32_t session = 0;
    int32_t foreground = 0; // group of its terminal, -1 where it has none
    int32_t nice = 0;
    uint32_t threads = 0;
    uint64_t virtual_size = 0; // bytes
    uint64_t resident = 0;     // pages
    std::string name;          // of its program, as the kernel has it; as it came
    std::string command;       // its arguments with blanks between, or [name] where it has none; as it came
};

struct JailProcess {
    const JailRecord* jail = nullptr;
    int32_t jailed_pid = 0;    // as the jail sees it
    int64_t jailed_user = 0;   // likewise; -1: a uid that the jail has no number for
    int32_t jailed_parent = 0; // likewise; 0: it is outside
    Process process;
    std::string user_name; // as the jail has it; "": not known
};

// `ticks_per_second`: sysconf(_SC_CLK_TCK).
std::string processes_text(std::span<const JailProcess> processes, uint64_t ticks_per_second);
std::string processes_json(std::span<const JailProcess> processes, uint64_t ticks_per_second);

} // namespace jailcore
