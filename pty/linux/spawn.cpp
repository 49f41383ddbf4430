#include "pty/spawn.hpp"

#include "pty/error.hpp"
#include "pty/fault.hpp"
#include "pty/fd.hpp"

#include <csignal>
#include <fcntl.h>
#include <spawn.h>

namespace pty {
namespace {

class FileActions {
public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    posix_spawn_file_actions_t* get() { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

class Attributes {
public:
    explicit Attributes(bool own_session) {
        posix_spawnattr_init(&attributes_);
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (own_session ? POSIX_SPAWN_SETSID : 0);
        posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    }
    ~Attributes() { posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    posix_spawnattr_t* get() { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

} // namespace

pid_t spawn(const Spawn& what) {
    if (int error = kernel::fault("spawn"))
        throw StepError(error, "spawn", what.argv.at(0));
    // A source that is below the number of targets could be overwritten before its turn, so every source is
    // first moved above them; dup2 onto the target also takes close-on-exec off.
    int floor = static_cast<int>(what.fds.size());
    std::vector<UniqueFd> moved;
    FileActions actions;
    for (size_t i = 0; i < what.fds.size(); ++i) {
        int target = static_cast<int>(i);
        if (what.fds[i] < 0) {
            posix_spawn_file_actions_addopen(actions.get(), target, "/dev/null", O_RDWR, 0);
            continue;
        }
        moved.emplace_back(check(::fcntl(what.fds[i], F_DUPFD_CLOEXEC, floor), "spawn", what.argv.at(0)));
        posix_spawn_file_actions_adddup2(actions.get(), moved.back().get(), target);
    }
    std::vector<std::string> environment = what.environment;
    if (const char* plan = kernel::fault_environment())
        environment.emplace_back(plan);
    // The path is resolved in the child, where /proc/self is the child; it holds a copy of our descriptors,
    // of which those below the floor have by then become the targets.
    std::string path = what.argv.at(0);
    if (what.program >= 0) {
        moved.emplace_back(check(::fcntl(what.program, F_DUPFD_CLOEXEC, floor), "spawn", what.argv.at(0)));
        path = "/proc/self/fd/" + std::to_string(moved.back().get());
    }
    Attributes attributes(what.own_session);
    pid_t pid = -1;
    int error = posix_spawn(&pid, path.c_str(), actions.get(), attributes.get(),
                            exec_pointers(what.argv).data(), exec_pointers(environment).data());
    if (error != 0)
        throw StepError(error, what.program >= 0 ? "spawn" : "execute", what.argv.at(0));
    return pid;
}

} // namespace pty
