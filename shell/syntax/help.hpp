// What `jconsole help` says, and the lines that name a verb's arguments. Pure.
#pragma once

#include "shell/syntax/verbs.hpp"

#include <string>

namespace shell {

// `jconsole VERB ARGUMENTS` as a synopsis has it.
std::string synopsis(const Verb& verb);

// One line for each option that `verb` takes; those of every verb where it is null.
std::string describe_options(const Verb* verb);

// What `jconsole help [VERB]` prints.
std::string help_text(const Verb* verb);

} // namespace shell
