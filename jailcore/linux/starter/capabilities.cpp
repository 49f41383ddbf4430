#include "jailcore/linux/starter/capabilities.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/plan/linux/plan.hpp"
#include "pty/error.hpp"

#include <cerrno>
#include <linux/capability.h>
#include <sys/prctl.h>

namespace jailcore {
namespace {

constexpr uint64_t bit(int capability) {
    return uint64_t{1} << capability;
}

constexpr uint64_t always = bit(CAP_CHOWN) | bit(CAP_DAC_OVERRIDE) | bit(CAP_FOWNER) | bit(CAP_FSETID) |
                            bit(CAP_KILL) | bit(CAP_SETUID) | bit(CAP_SETGID) | bit(CAP_SETPCAP) |
                            bit(CAP_SETFCAP) | bit(CAP_SYS_CHROOT) | bit(CAP_AUDIT_WRITE);

struct Grant {
    uint32_t permission;
    uint64_t capabilities;
};

constexpr Grant grants[] = {
    {may_raw_sockets, bit(CAP_NET_RAW)},    {may_chflags, bit(CAP_LINUX_IMMUTABLE)},
    {may_mlock, bit(CAP_IPC_LOCK)},         {may_reserved_ports, bit(CAP_NET_BIND_SERVICE)},
    {may_read_msgbuf, bit(CAP_SYSLOG)},     {may_set_time, bit(CAP_SYS_TIME)},
    {may_setaudit, bit(CAP_AUDIT_CONTROL)}, {may_configure_network, bit(CAP_NET_ADMIN)},
};

} // namespace

uint64_t bounding_set(uint32_t permissions) {
    uint64_t set = always;
    for (const Grant& grant : grants)
        if ((permissions & grant.permission) != 0)
            set |= grant.capabilities;
    return set;
}

void limit_capabilities(uint64_t bounding_set) {
    // The kernel may know more capabilities than our headers: it answers EINVAL beyond its last.
    for (int capability = 0; capability < 64; ++capability) {
        if ((bounding_set & bit(capability)) != 0)
            continue;
        if (kernel::prctl(PR_CAPBSET_DROP, static_cast<unsigned long>(capability)) == 0)
            continue;
        if (errno == EINVAL && capability > CAP_LAST_CAP)
            return;
        throw pty::StepError(errno, "drop capability", std::to_string(capability));
    }
}

} // namespace jailcore
