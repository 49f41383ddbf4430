#include "shell/command/request.hpp"

#include "pty/terminal.hpp"
#include "pty/tty_modes.hpp"
#include "shell/configuration.hpp"
#include "shell/report.hpp"
#include "shell/route/destination.hpp"
#include "shell/siblings.hpp"
#include "shell/syntax/names.hpp"
#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <termios.h>
#include <unistd.h>

namespace shell {
namespace {

pty::WindowSize local_window_size() {
    int source = ::isatty(STDIN_FILENO) == 1 ? STDIN_FILENO : STDOUT_FILENO;
    return pty::window_size(source);
}

// Where nobody types at a terminal, the jail's has the modes of a new one.
void ask_for_terminal(wire::Open& open) {
    open.terminal = local_window_size();
    termios settings{};
    if (::tcgetattr(STDIN_FILENO, &settings) == 0)
        open.modes = pty::encode_tty_modes(settings);
}

} // namespace

// The router has another working directory; of one that is far away nobody here knows.
std::string config_path(const Options& options) {
    if (options.config.empty())
        return {};
    if (options.config == "-" || options.config.starts_with("/dev/fd/"))
        throw FailureError({{},
                            "file '" + options.config + "'",
                            "is open in this process, and it is the router that reads the configuration",
                            "write it to a file"});
    std::filesystem::path path(options.config);
    if (path.is_relative() && far_host(options.host))
        throw FailureError({{},
                            "file '" + options.config + "'",
                            "is one of the host that -H names, and relative to nothing there",
                            "give an absolute path"});
    return absolute(options.config);
}

wire::Open request_for(std::string_view verb, const Options& options) {
    wire::Open open;
    open.verb = verb;
    open.config = config_path(options);
    open.arguments = options.words;
    return open;
}

wire::Open request_for_named(const Options& options) {
    wire::Open open = request_for(options.verb->name, options);
    if (!options.names.empty())
        open.jail = options.names.front();
    return open;
}

bool wants_terminal(TerminalWish wish, bool has_command, bool input_is_terminal) {
    if (wish == TerminalWish::forced || wish == TerminalWish::forbidden)
        return wish == TerminalWish::forced;
    return input_is_terminal && (!has_command || wish == TerminalWish::as_input);
}

std::vector<std::string> forwarded_environment(const std::vector<std::string>& environment) {
    std::vector<std::string> result;
    std::ranges::copy_if(environment, std::back_inserter(result), [](const std::string& entry) {
        return is_assignment(entry) &&
               (entry.starts_with("TERM=") || entry.starts_with("LANG=") || entry.starts_with("LC_"));
    });
    return result;
}

wire::Open console_request(const Options& options) {
    wire::Open open;
    open.verb = "console";
    open.jail = options.names.front();
    if (wants_terminal(options.terminal, !options.command.empty(), ::isatty(STDIN_FILENO) == 1))
        ask_for_terminal(open);
    open.user = options.user;
    open.group = options.group;
    open.directory = options.directory;
    open.environment = forwarded_environment(current_environment());
    open.environment.insert(open.environment.end(), options.environment.begin(), options.environment.end());
    open.command = options.command;
    open.shell = options.shell_line;
    return open;
}

} // namespace shell
