// What the hooks of one start, or of one stop, have begun on the host. It ends with that where it fails or is
// itself ended, so that none of it runs beside the next; where it succeeds, what runs on goes its own way.
#pragma once

#include "pty/fd.hpp"

#include <string>

namespace jailcore {

enum class HooksOf { start, stop };

class HookProcesses {
public:
    // Ends what one that was killed has left, and waits for that. Throws StartFailure where another is under
    // way. Borrows nothing.
    HookProcesses(const std::string& jail, HooksOf of);

    // For a process that is to be one of them: cgroup.procs of their cgroup, "0" written to which joins it;
    // -1 where there is none, or it is frozen. Throws as the constructor. They are then our process group,
    // but for those that leave it.
    int door();

    // Kills all of them, and waits for their end.
    void end();
    // They are now where this process is.
    void release();

private:
    bool open(bool make);
    void remove();

    std::string cgroup_;      // jconsole/NAME:start; "": there can be none
    pty::UniqueFd directory_; // of it, locked (flock(2)) for as long as it is open; empty: not made
    pty::UniqueFd door_;
};

// Kills those of starts and stops of the jail whose starters have died, and waits for their end.
void end_left_hooks(const std::string& jail);

} // namespace jailcore
