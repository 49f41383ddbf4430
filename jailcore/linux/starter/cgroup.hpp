// The cgroups of a jail, in the version 2 hierarchy (cgroups(7)), with or without controllers, wherever it is
// mounted, and for anyone but root below the cgroup that he runs in: jconsole/NAME holds jinit,
// jconsole/NAME/members all others, so that the kernel tells when nobody but jinit is left. Best effort: a
// jail with a pid namespace of its own does without where there is none that we may write to.
#pragma once

#include "pty/fd.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace jailcore {

struct Cgroup {
    std::string members;     // absolute path of the directory for all but jinit
    pty::UniqueFd jinit;     // directory for jinit; locked (flock(2)) for as long as it is open
    pty::UniqueFd directory; // `members`
    pty::UniqueFd events;    // cgroup.events of `members`
};

// Where `members` is, or would be; nothing where there is no version 2 hierarchy.
std::optional<std::string> cgroup_members(const std::string& jail);

// What /proc/PID/cgroup calls `members` (cgroups(7)); "" where no hierarchy is mounted that it is in.
std::string cgroup_name(const std::string& members);

// Whether the text of a process's /proc/PID/cgroup says that it is in the cgroup of that name or below it.
bool is_in_cgroup(std::string_view text, std::string_view name);

// Makes them, empty; nothing where that is not possible. Throws StartFailure where another process keeps the
// lock.
std::optional<Cgroup> make_cgroup(const std::string& jail);

// Kills everybody in them, jinit (a pidfd) as well, where that lives yet: until then they are its jail's. All
// at once, for whoever is traced may stay in the stop before his end (PTRACE_EVENT_EXIT) for as long as his
// tracer lives. "": none.
void kill_cgroup(const std::string& members, int jinit);

// ---- of a jail whose jinit has ended. Another of that name may have been started since, which lives in the
// same directories: they are left alone where there is a jinit.

// Kills every process of `members` (cgroup.kill, Linux 5.14).
void kill_members(const std::string& members);

// Removes the directories, and that of all our jails where it was the last one; waits for processes that are
// just dying, or hold the lock. Returns false with errno where they are still there and should not be: where
// the jail's start is under way it holds the lock, and removes them itself.
bool remove_cgroup(const std::string& members, bool start_is_under_way = false);

// The same for a jail that died, with all that is left in `members`; waits for a jinit that is about to die.
bool reap_cgroup(const std::string& members);

} // namespace jailcore
