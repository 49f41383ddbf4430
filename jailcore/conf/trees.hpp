// Where jails write.
#pragma once

#include "jailcore/plan/jail_configuration.hpp"

#include <string>
#include <vector>

namespace jailcore::conf {

// The directories in which the roots of these jails write: each `path`, and what a nullfs or an overlay
// shows writable there. Their `fstab` counts as far as it has been read. Absolute, each once; "/" is not
// among them.
std::vector<std::string> written_trees(const std::vector<JailConfiguration>& jails);

} // namespace jailcore::conf
