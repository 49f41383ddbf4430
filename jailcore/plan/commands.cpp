#include "jailcore/plan/commands.hpp"

#include <algorithm>

namespace jailcore {
namespace {

constexpr std::string_view white_space = " \t\f\v\r\n";
constexpr std::string_view shell_characters = "!\"$&'()*;<>?[\\]`{|}~";

} // namespace

std::vector<std::string> split_fields(std::string_view line) {
    std::vector<std::string> fields;
    for (;;) {
        auto begin = line.find_first_not_of(white_space);
        if (begin == std::string_view::npos)
            return fields;
        line.remove_prefix(begin);
        auto end = std::min(line.find_first_of(white_space), line.size());
        fields.emplace_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

std::optional<Command> parse_command(std::string_view value) {
    Command command;
    auto special = value.find_first_of(shell_characters);
    if (special != std::string_view::npos) {
        command.background = value[special] == '&' && special + 1 == value.size();
        if (!command.background) {
            command.argv = {"/bin/sh", "-c", std::string(value)};
            return command;
        }
        value.remove_suffix(1);
    }
    command.argv = split_fields(value);
    if (command.argv.empty())
        return std::nullopt;
    return command;
}

std::string command_line(const Command& command) {
    std::string line;
    for (const std::string& argument : command.argv)
        line.append(line.empty() ? "" : " ").append(argument);
    return line;
}

} // namespace jailcore
