// The way to a far router: an ssh that runs `jconsole dial-stdio` there, with a socket to it that is used as
// if it led to the router itself.
#pragma once

#include "pty/fd.hpp"
#include "shell/route/destination.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace shell {

enum class SshUse {
    program,    // for what it prints, at the user's terminal
    link,       // beside us: it asks at the terminal, whose signals are not meant for it
    quiet_link, // while a session has the terminal: asks nothing
};

// The arguments of sh(1) that run `words` at the destination. Pure. `command` is the beginning of ssh's
// command line, as JCONSOLE_SSH has it.
std::vector<std::string> ssh_command(const std::string& command, const Destination& destination,
                                     const std::vector<std::string>& words, SshUse use);

// In the line about an ssh that has failed: what ssh itself said of it stands above.
inline constexpr std::string_view told_above = "what was said above tells why";

// `command` at the destination as a user would type it, to see what ssh says. Pure.
std::string typed_ssh(const std::string& ssh, const Destination& destination, const std::string& command);

struct SshOutput {
    std::string text;
    int status = 0; // of the program over there
};

// What a program there, without input, prints to its end; on standard error it says what it likes. Throws
// FailureError where ssh did not come to run it, StepError.
SshOutput output_by_ssh(const Destination& destination, const std::vector<std::string>& words);

// One ssh at a time, which ends with this object at the latest.
class SshLink {
public:
    static constexpr std::chrono::seconds patience{30}; // how long a broken link is tried again
    static constexpr std::chrono::seconds between_attempts{1};

    // `router`: the socket there, "" for the user's.
    SshLink(Destination destination, const std::string& router);
    ~SshLink() { end(); }
    SshLink(const SshLink&) = delete;
    SshLink& operator=(const SshLink&) = delete;

    // A new ssh; the one before has ended. It may ask for passwords at the terminal. Throws FailureError.
    pty::UniqueFd connect() { return start(SshUse::link); }

    // The same without questions or messages: the terminal is the session's.
    pty::UniqueFd reconnect() { return start(SshUse::quiet_link); }

    // The socket's other end has been closed, and ours. Throws FailureError where that was the first
    // connection and no router ever answered on it: another one would ask for the same passwords again.
    void ended(bool answered);

    // Ends ssh; our end of the socket has been closed.
    void end();

    [[nodiscard]] const std::string& host() const { return destination_.host; }

private:
    pty::UniqueFd start(SshUse use);

    Destination destination_;
    std::vector<std::string> words_;
    std::string trial_; // a command over there that must work where the link can
    pid_t pid_ = -1;
    SshUse use_ = SshUse::link;
};

} // namespace shell
