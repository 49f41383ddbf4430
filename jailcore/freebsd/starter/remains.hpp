// What jail(8) would undo of a jail, and what is left of one that is gone: its mounts, its addresses.
#pragma once

#include "jailcore/plan/freebsd/jail_text.hpp"
#include "jailcore/starter/output.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace jailcore {

// The text with which `jail -r` ends that very jail. `jail`: as it is configured.
std::string text_to_end(const JailConfiguration& jail, int32_t jid);

// What it mounts that is mounted: directories.
std::vector<std::string> mounted_of(const JailConfiguration& jail);
// What is mounted below a directory for jails alone, the innermost first.
std::vector<std::string> mounted_for_jail(const std::string& path);

enum class HooksOfEnd { none, after_removal };

// Removes the running jail `jid`, in one go, and undoes what is configured for it. False where something of
// that has failed, which has been said. Throws pty::StepError.
bool undo_jail(const JailConfiguration& jail, int32_t jid, const Output& output);
// The same for one that is not there any more.
bool undo_remains(const JailConfiguration& jail, HooksOfEnd hooks, const Output& output);

} // namespace jailcore
