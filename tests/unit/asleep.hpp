// Whether a process has done all that there was to do: then it is asleep in poll(2) or epoll_wait(2), and no
// wait for "it did not happen" is needed.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// The kernel tells what a process is asleep in: the call's number, its arguments in hexadecimal (proc(5),
// PID/syscall). One that runs, is about to, or is over, has "running", or nothing.
struct SleepingIn {
    explicit SleepingIn(pid_t process) {
        std::ifstream file("/proc/" + std::to_string(process) + "/syscall");
        file >> number >> std::hex;
        for (uint64_t& argument : arguments)
            file >> argument;
        if (!file)
            number = -1;
    }
    long number = -1;
    uint64_t arguments[6]{};
};

// Nothing that it waits for is there, and no time will wake it.
inline bool sleeps_without_end(pid_t process) {
    SleepingIn in(process);
#ifdef SYS_poll
    if (in.number == SYS_poll)
        return static_cast<int>(in.arguments[2]) == -1;
#endif
    return in.number == SYS_ppoll && in.arguments[2] == 0;
}

inline bool sleeps_in_epoll(pid_t process) {
    SleepingIn in(process);
#ifdef SYS_epoll_wait
    if (in.number == SYS_epoll_wait)
        return true;
#endif
    return in.number == SYS_epoll_pwait;
}

// Waits until sleeps(process), and for no longer than a test can be expected to take; false where it never
// does.
template <class Condition>
bool await_sleep(pid_t process, Condition sleeps) {
    for (int i = 0; i < 10000; ++i) {
        if (sleeps(process))
            return true;
        siginfo_t ended{};
        if (::waitid(P_PID, static_cast<id_t>(process), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            ended.si_pid == process)
            return false;
        ::usleep(1000);
    }
    return false;
}
