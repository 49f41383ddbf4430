// A process that stands for a jail, a client or a helper, held so that another which got its number later is
// never taken for it.
#pragma once

#include "jailcore/contract/record.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <sys/types.h>

namespace jailcore {

// What it is held with is the system's own. Copies share it.
class ProcessHandle {
public:
    ProcessHandle() = default; // none
    // Throws pty::StepError: ESRCH where there is none.
    explicit ProcessHandle(pid_t pid);
    // What another of our processes, or the kernel, has given for one: handed() of there.
    explicit ProcessHandle(pty::UniqueFd given);

    explicit operator bool() const { return hold_ != nullptr; }

    // Descriptors that stay this object's; -1: of none. The one is readable once the process has ended, and
    // may mean nothing in another process of ours; the other is what a helper is given, which makes a
    // ProcessHandle of it and must not wait for it otherwise.
    [[nodiscard]] int end() const { return hold_ ? hold_->end : -1; }
    [[nodiscard]] int handed() const { return hold_ ? hold_->handed : -1; }

    [[nodiscard]] bool has_ended() const { return pty::is_readable(end()); }
    // ESRCH where it has ended. False with errno set.
    bool signal(int signal) const;

private:
    struct Hold {
        int end = -1;
        int handed = -1;
    };
    struct SystemHold;
    std::shared_ptr<const Hold> hold_; // in truth a SystemHold
};

// When the process started, in the kernel's own count; with the pid it names one process of this boot.
// Nothing, and errno set, where there is no such process.
std::optional<uint64_t> start_time(pid_t pid);

// Whether the process of a jail runs no program any more: it has ended, or has begun to, which may last until
// all others in there were collected.
bool has_begun_to_end(const JailRecord& jail, const ProcessHandle& process);

// Ends all that is in a jail, whatever state it is in; begins no process for that. False with errno set.
bool kill_jail(const JailRecord& jail, const ProcessHandle& process);

// Has the process of a jail of ours look whether anything is left there, beside it.
void look_for_end(const ProcessHandle& process);

} // namespace jailcore
