// What a relay is told of its session, and how it says that it ended.
#pragma once

#include "pty/fd.hpp"
#include "router/contract/verbs.hpp"
#include "router/wire/control.hpp"
#include "shell/report.hpp"
#include "shell/syntax/typed.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace shell {

struct Assignment {
    wire::Open open;
    [[nodiscard]] const contract::VerbRow& verb() const { return *contract::find(open.verb); }
    std::function<pty::UniqueFd()> connect;   // throws FailureError
    std::function<pty::UniqueFd()> reconnect; // empty: nobody listens now; throws FailureError
    // Where it is there: a connection has ended, on which the router had `answered` or not. Throws
    // FailureError where another one would be in vain.
    std::function<void(bool answered)> ended;
    // Where they are there: this process was sent a signal, which was passed on; the output failed, and all
    // that comes is dropped. Without the latter, the session ends for that.
    std::function<void(int signal)> interrupted;
    std::function<void(int error)> output_failed;
    int input = 0;
    int output = 1;
    int error = 2;
    // What comes is lines that a jail may have printed: it is made safe for a terminal (pty/escape.hpp), of
    // which there is often one at the end of a pipe, too. What goes to a file goes there as it is.
    bool escaped = false;
    std::optional<TypedCommands> commands; // where it is there: of what a verb says, made whole
    // How long a broken connection is tried again, and how long where nobody listens: then the sessions of
    // that router have ended with it.
    std::chrono::milliseconds patience{10000};
    std::chrono::milliseconds patience_unheard{2000};
    std::chrono::milliseconds between_attempts{100};
    // For messages: who closed the connection, and what to do about one that does not speak the protocol.
    std::string peer = "the router";
    std::string quiet; // what is said of a peer that has not answered for a few seconds; "": nothing
    std::string broken = "the router was ended, or a part of it,"; // what lost the end of a verb
    std::string broken_mend = "look with 'jconsole ls', and try again";
    std::string protocol_mend = "the router and this program may differ in version: restart the router";
};

// How a session ended.
struct ExitStatus {
    int status = 0; // to end with
};
struct LocalSignal {
    int signal = 0; // for this process to die of
};
using Ending = std::variant<ExitStatus, LocalSignal, Failure>;

} // namespace shell
