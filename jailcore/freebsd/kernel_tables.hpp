// What capability mode refuses to ask the kernel for, asked by another process outside of it. That one is
// told a few fixed words and answers what the kernel gave it: it opens nothing, and parses nothing that a
// client, a configuration or a jail wrote.
#pragma once

#include "pty/fd.hpp"

#include <cstdint>
#include <string>

namespace jailcore {

enum class KernelTable : uint32_t {
    jails,     // all, as a JailTable (jailcore/freebsd/jail_table.hpp)
    processes, // all, as struct kinfo_proc
    arguments, // of the process of this number, at most 4096 bytes, a NUL behind each
    terminal,  // the name of the terminal with this device number, without /dev/
    memory,    // of the machine, bytes, a uint64_t
    hidden,    // the names of the variables, a blank behind each, by which users do not see others' processes
};

// Answers those who ask at the other end of `socket`, a stream, until that is closed.
void answer_tables(int socket);

// From here on kernel_table() asks there. The first such socket counts.
void ask_tables_at(pty::UniqueFd socket);

// Throws pty::StepError with the kernel's error, and ENOTCONN where nobody answers.
std::string kernel_table(KernelTable table, uint64_t number = 0);

} // namespace jailcore
