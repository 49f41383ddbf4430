// A starter that is told to end. jail(8) is then made to undo what it has done, which it does where a command
// fails: so the command that it waits for is killed.
#pragma once

namespace jailcore {

// From now on SIGHUP, SIGINT and SIGTERM are heeded: the first is seen by is_told_to_end(), the second ends
// this process and its process group at once.
void heed_signals();
bool is_told_to_end();
// Ends this process as the signal would have ended it.
[[noreturn]] void end_as_told();

// Whatever is begun from now on is this process's to end, in the background or not, until it ends itself:
// then it is the next reaper's (procctl(2), PROC_REAP_ACQUIRE). Throws pty::StepError.
void adopt_hooks();
// All of them but `jail`, and what mounts, unmounts or sets addresses for it, which is soon over.
void kill_hooks(int jail);

} // namespace jailcore
