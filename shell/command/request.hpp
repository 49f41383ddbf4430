// What the router is asked for, made of a command line.
#pragma once

#include "router/wire/control.hpp"
#include "shell/syntax/options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace shell {

// The configuration that is named, as the router will find it; "" where none is. Throws FailureError where it
// could not.
std::string config_path(const Options& options);

// The verb of that name, in the words that the user gave; without a jail.
wire::Open request_for(std::string_view verb, const Options& options);

// The verb that was typed, with the jail or session that is named, if any is.
wire::Open request_for_named(const Options& options);

// Whether the session gets a terminal, as ssh decides: -t and -T have their way; a command gets pipes, and a
// login shell a terminal where standard input is one. Pure.
bool wants_terminal(TerminalWish wish, bool has_command, bool input_is_terminal);

// Of `environment` (NAME=VALUE), what goes with the user into the jail: TERM, LANG and LC_*. Pure.
std::vector<std::string> forwarded_environment(const std::vector<std::string>& environment);

// The request for a console.
wire::Open console_request(const Options& options);

} // namespace shell
