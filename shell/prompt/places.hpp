// Where the shell keeps what is its user's (the XDG Base Directory Specification). "" where there is no home.
#pragma once

#include <string>

namespace prompt {

// The folder of the history: $XDG_STATE_HOME/jconsole, or ~/.local/state/jconsole.
std::string state_folder();

// $XDG_CONFIG_HOME/jconsole/shell.conf, or ~/.config/jconsole/shell.conf.
std::string configuration_file();

} // namespace prompt
