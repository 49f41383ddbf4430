// Control messages of the client protocol: docs/protocol.md, "Control messages". Values to and from JSON
// text; pure. Unknown members are ignored, so that a later version may add some; missing or mistyped ones
// make the message bad.
#pragma once

#include "pty/terminal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wire {

struct Hello {
    int version = 0;
    std::string software; // member "client" or "router"
};

// `user`, `group`, `modes` and what follows are bytes, in no encoding.
struct Open {
    std::string verb; // the name of a row of contract::verbs
    std::string jail;
    std::optional<pty::WindowSize> terminal; // nothing: pipes
    std::string modes;                       // of the terminal (pty/tty_modes.hpp)
    std::string user;
    std::string group;
    bool shell = false; // `command`, joined by blanks, is a line for the user's login shell
    std::string directory;
    std::vector<std::string> environment;
    std::vector<std::string> command;
    std::vector<std::string> arguments; // of verbs other than console
    std::string config;                 // absolute path of the configuration file, or ""
};

struct Resize {
    pty::WindowSize size;
};

struct Signal {
    std::string name; // without SIG
};

struct Resume {
    std::string session;
    std::string token;
    uint64_t received = 0; // bytes of output that the client has
};

struct Opened {
    std::string session;
    std::string token;
    std::vector<std::string> notices;
};

struct Resumed {
    uint64_t input = 0; // bytes of input that the session has
};

struct Exit {
    std::optional<int> status;
    std::optional<int> signal;
    std::string reason{}; // for the user, where it was not the program's own doing; "" otherwise
};

struct Error {
    std::string jail;
    std::string step;
    std::string cause;
    std::string mend;
    int code = 255;
};

using ClientMessage = std::variant<Hello, Open, Resize, Signal, Resume>;
using RouterMessage = std::variant<Hello, Opened, Resumed, Exit, Error>;

// What is wrong with the text is in `problem` where there is no message.
template <class Message>
struct Parsed {
    std::optional<Message> message;
    std::string problem;
};

Parsed<ClientMessage> parse_client_message(std::string_view text);
Parsed<RouterMessage> parse_router_message(std::string_view text);

// A whole control frame, header included.
std::string control_frame(const ClientMessage& message);
std::string control_frame(const RouterMessage& message);

} // namespace wire
