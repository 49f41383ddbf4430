// What a command line asks for, once it is parsed (shell/syntax/command_line.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace shell {

struct Verb;

// -t and -T, as ssh has them; ssh's single -t wants a terminal where standard input is one.
enum class TerminalWish { automatic, forced, forbidden, as_input };

struct Options {
    const Verb* verb = nullptr;     // a row of the table; never null in a parsed command line
    std::vector<std::string> names; // the verb's arguments
    std::vector<std::string> command;
    bool perhaps_verb = false;     // the first word was taken for a jail's name
    bool host_behind_name = false; // NAME@HOST
    bool no_input = false;         // standard input is not the session's
    bool shell_line = false;       // the command, joined by blanks, is a line for the user's login shell
    TerminalWish terminal = TerminalWish::automatic;
    std::string user;
    std::string group;
    std::string directory;
    std::vector<std::string> environment; // NAME=VALUE
    std::string config;                   // as given
    std::optional<std::string> host;      // as given: -H, or what stood behind @; "": none
    std::string router;                   // as given
    bool json = false;
    bool raw = false;               // what hooks print goes on as it is
    std::vector<std::string> words; // options that the router's helper judges, as they were given
};

} // namespace shell
