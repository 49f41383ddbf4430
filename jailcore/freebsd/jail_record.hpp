// How the router's programs name one of the kernel's jails to each other.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/freebsd/kernel_jails.hpp"
#include "pty/fd.hpp"

namespace jailcore {

// What the kernel knows; all else stays as it is.
void fill_record(JailRecord& record, const KernelJail& jail);

// In the place of a process of the jail (jailcore/process_handle.hpp). Throws pty::StepError.
pty::UniqueFd target_of(const KernelJail& jail);

} // namespace jailcore
