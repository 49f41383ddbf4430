// What the verbs do: the functions of the rows of the table (shell/command/verbs.hpp). Each returns the exit
// status and may throw FailureError.
#pragma once

#include "router/wire/control.hpp"
#include "shell/command/options.hpp"

namespace shell {

// What the router is asked to do, in the words that the user gave; without the jail.
wire::Open request_for(std::string_view verb, const Options& options);

int attach(const Options& options);
int ask(const Options& options); // the verb of that name, of the jail that is named, if any is
int list_jails(const Options& options);
int list_processes(const Options& options);
int peek(const Options& options);
int top(const Options& options);
int dump_config(const Options& options);
int prompt(const Options& options);
int dial_stdio(const Options& options);
int help(const Options& options);
int version(const Options& options);
int print_completion(const Options& options);
int print_ssh_configuration(const Options& options); // for jconsole-ssh -G
int print_manual(
    const Options& options); // the argument is the page without its tables: shell/command/manual.hpp
int complete_words(
    const Options& options); // the command is the line that is being typed: shell/complete/completion.hpp

} // namespace shell
