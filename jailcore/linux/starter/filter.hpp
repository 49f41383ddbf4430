// The seccomp filter (seccomp(2)) of a jail: made by libseccomp, kept as the kernel's instructions, loaded by
// whoever executes something in the jail.
#pragma once

#include <cstdint>
#include <linux/filter.h>
#include <vector>

namespace jailcore {

// What is refused in every jail, because no namespace confines it, less what `permissions` allows and with
// what `filtered` refuses besides (Permissions, Filtered of jailcore/plan/linux/plan.hpp). clone3 is answered
// with ENOSYS, for its flags lie in memory where a filter cannot read them, and every C library then falls
// back to clone. The same for each ABI that the kernel serves on this machine. Throws StepError.
std::vector<sock_filter> make_filter(uint32_t filtered, uint32_t permissions);

// What is refused besides (Filtered), because of how this host's cgroups are mounted. Throws StepError.
uint32_t filtered_on_this_host();

// Loads it into this process; needs CAP_SYS_ADMIN or no_new_privs. Throws StepError.
void load_filter(const std::vector<sock_filter>& filter);

} // namespace jailcore
