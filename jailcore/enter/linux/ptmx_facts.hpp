// Looking at a jail's /dev/ptmx and /dev/pts from inside it, without opening, following or asking anything
// that the jail could have put there to mislead us or to keep us waiting.
#pragma once

#include "jailcore/enter/linux/ptmx_check.hpp"
#include "jailcore/enter/linux/target.hpp"
#include "pty/fd.hpp"

#include <cstdint>
#include <set>
#include <sys/types.h>

namespace jailcore {

struct PtmxPlace {
    PtmxFacts facts;
    pty::UniqueFd dev; // O_PATH, as are the others; empty where there is none
    pty::UniqueFd pts;
    pty::UniqueFd multiplexer; // pts/ptmx
    pty::UniqueFd ptmx;
    pty::UniqueFd master; // the terminal that was made as a trial; unlocked it is as good as any
    dev_t pts_device = 0;
};

// What of this the host itself uses.
struct HostDevices {
    std::set<dev_t> instances; // of devpts
    dev_t dev_device = 0;      // of its /dev
    uint64_t dev_inode = 0;
};

// To be called before the jail is entered.
HostDevices host_devices(const Target& target);

// To be called inside. Opens a terminal where a devpts of the jail's own is in order.
PtmxPlace look_at_ptmx(const Target& target, const HostDevices& host);

} // namespace jailcore
