// A starter that is told to end while it waits for a command. What the command has begun on the host is ended
// behind the starter, and so is what it has begun in a jail with a cgroup (ending_commands.hpp); in one
// without, nobody but the starter could find it.
#pragma once

#include <sys/types.h>

namespace jailcore {

// For as long as it lives SIGHUP, SIGINT and SIGTERM end the process group of the command, where it leads
// one, and then this process. One at a time.
class EndsOnInterrupt {
public:
    explicit EndsOnInterrupt(pid_t command);
    ~EndsOnInterrupt();
    EndsOnInterrupt(const EndsOnInterrupt&) = delete;
    EndsOnInterrupt& operator=(const EndsOnInterrupt&) = delete;

    // Kills its process group.
    void end() const;

private:
    pid_t command_;
};

} // namespace jailcore
