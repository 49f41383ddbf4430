// Looking at a jail's /dev: what is mounted there from the host's side, by descriptors that follow no link of
// the jail, and what works there from inside.
#pragma once

#include "jailcore/enter/freebsd/devfs_check.hpp"
#include "jailcore/enter/freebsd/target.hpp"
#include "pty/fd.hpp"

namespace jailcore {

struct DevfsPlace {
    DevfsFacts facts;
    pty::UniqueFd root; // the jail's root directory
    pty::UniqueFd dev;  // its /dev, where that is a directory
};

// Throws EnterFailure, pty::StepError where it cannot look.
DevfsPlace look_at_devfs(const EnterTarget& target);

} // namespace jailcore
