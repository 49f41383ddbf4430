// Starting a program, without copying the parent's page tables or running our code between fork and exec.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace pty {

struct Spawn {
    int program = -1;              // a descriptor of the program; -1: its path is argv[0]
    std::vector<std::string> argv; // argv[0] included
    std::vector<std::string> environment;
    std::vector<int> fds;     // fds[i] becomes descriptor i of the child; -1: /dev/null there
    bool own_session = false; // else it stays in ours, and in our process group
};

// Starts it with every signal at its default and none blocked, and no descriptor but those named and what is
// not close-on-exec.
// Returns its pid; throws StepError("spawn", argv[0]), or "execute" where argv[0] is a path that cannot be.
pid_t spawn(const Spawn& what);

// Waits until the child has ended, whatever signals come meanwhile. Its status as waitpid(2) has it; 0 where
// it is no child of ours.
int wait_for_end(pid_t pid);

// Whether a signal has stopped the child, as SIGSTOP does.
bool is_stopped(pid_t child);

// The form in which execve(2) and posix_spawn(3) take arguments and environments: pointers into `strings`,
// which must outlive them, and a final nullptr.
std::vector<char*> exec_pointers(const std::vector<std::string>& strings);

} // namespace pty
