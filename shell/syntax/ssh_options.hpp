// The command line of jconsole-ssh: what callers of ssh(1) such as rsync, git and ansible pass it, for a jail
// in the place of a host. Pure.
#pragma once

#include "shell/syntax/options.hpp"

#include <string>
#include <vector>

namespace shell {

// Parses what follows the program's name: [options] [USER@]NAME [COMMAND...], with the options of ssh(1).
// What is about a connection is taken and means nothing, what would change what is done is done or refused.
// `environment`: NAME=VALUE, of which SendEnv chooses. `--router PATH`, ours, may stand first. Throws
// FailureError.
Options parse_ssh_options(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment);

} // namespace shell
