// The values of jail(8)'s exec.* parameters and of `command`: which become a shell's, which are executed as
// they are, which run in the background. usr.sbin/jail/command.c, run_command().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

struct Command {
    std::vector<std::string> argv; // never empty
    bool background = false;       // not waited for, in a session of its own
    bool operator==(const Command&) const = default;
};

// A value that holds a character of the shell's goes to `sh -c`, whole; any other is split at white space and
// executed, so that `FOO=1 cmd` looks for a program of that name. A sole `&` at the end asks for the
// background. Nothing where nothing is left to execute: jail(8) skips such a value.
std::optional<Command> parse_command(std::string_view value);

// The command as messages name it: its arguments with a space between them.
std::string command_line(const Command& command);

// The fields of a line, split at white space as strtok(3) does.
std::vector<std::string> split_fields(std::string_view line);

} // namespace jailcore
