// Mending a jail's /dev, by the descriptors that the look at it left, so that no link of the jail leads a
// mend elsewhere.
#pragma once

#include "jailcore/enter/freebsd/devfs_facts.hpp"

namespace jailcore {

// Throws pty::StepError where it cannot be done.
void mend_devfs(const DevfsPlace& place, DevfsMend mend);

} // namespace jailcore
