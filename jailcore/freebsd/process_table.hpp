// Variables of FreeBSD's kernel whose size nobody knows before they are read, and its table of processes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <sys/param.h>
#include <sys/user.h>
#include <vector>

namespace jailcore {

// sysctl(3), by its number. Throws pty::StepError.
std::string kernel_variable(std::span<const int> name);

// Of all processes, struct kinfo_proc behind struct kinfo_proc (KERN_PROC_PROC). Throws pty::StepError.
std::string process_table();

// Throws pty::StepError where it is another kernel's.
std::vector<kinfo_proc> processes_in(std::string_view table);

} // namespace jailcore
