// What is left to a process in a sandbox, tried in a child of this one.
#pragma once

#include <cerrno>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

// The errno that `attempt` leaves in a child that has called `enter`; 0 where it succeeded, minus the signal
// that ended it.
inline int outcome_in(const std::function<void()>& enter, const std::function<bool()>& attempt) {
    pid_t child = ::fork();
    if (child == 0) {
        enter();
        errno = 0;
        bool good = attempt();
        ::_exit(good ? 0 : errno);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
