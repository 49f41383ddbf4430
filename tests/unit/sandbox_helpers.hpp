// What is left to a process in a sandbox, tried in a child of this one.
#pragma once

#include "router/sandbox/linux/sanitizer_calls.hpp"

#include <cerrno>
#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
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

using InSandbox = std::function<int(const std::function<bool()>&)>; // outcome_in, in one of the sandboxes

// What none of them leaves.
inline void expect_confined(const InSandbox& in_sandbox) {
    EXPECT_EQ(in_sandbox([] {
                  return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
              }),
              EPERM);
    EXPECT_EQ(in_sandbox([] {
                  return ::execl("/bin/true", "true", nullptr) == 0;
              }),
              EPERM);
    EXPECT_EQ(in_sandbox([] {
                  return ::kill(::getppid(), 0) == 0;
              }),
              EPERM);
    // The sanitizers' leak check starts a process too, and their run time may map anything.
    if (!sandbox::sanitizer_calls().empty())
        return;
    EXPECT_EQ(in_sandbox([] {
                  return ::fork() >= 0;
              }),
              EPERM);
    EXPECT_EQ(in_sandbox([] {
                  return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
              }),
              EPERM);
}
