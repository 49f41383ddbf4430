// The mount namespace in which a starter works: mounts of the host appear in it, its own never on the host,
// and all of them vanish with the starter's last process, or where jkeeper keeps them, with the jail.
// mount_namespaces(7).
#pragma once

#include "jailcore/contract/record.hpp"

namespace jailcore {

// The mount namespace that this process was started in: a descriptor, kept open. Throws StepError.
int host_mounts();

// Moves this process into one; without root's privileges into a user namespace around it, in which its uid
// and gid are 0 (user_namespaces(7)). Throws StartFailure, StepError.
void enter_staging(bool own_user_namespace);

// Moves this process into one inside the user namespace of a running jail (`jail`: pidfd), for the end of a
// jail that was started so. Throws StepError.
void enter_staging_of(int jail);

// Moves this process into that of a running jail's start, with all that is mounted there, and the user
// namespace around it where there is one. False where nobody keeps it. Throws StepError.
bool enter_kept_staging(const JailRecord& jail);

} // namespace jailcore
