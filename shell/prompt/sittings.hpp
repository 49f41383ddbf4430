// The two ways to give commands to the shell. Both return the exit status of the last one, or what exit was
// given.
#pragma once

#include <string>
#include <vector>

namespace prompt {

// A prompt on the terminal that is standard input and output, until the user leaves. `common` goes before
// every verb.
int sit_at_terminal(const std::vector<std::string>& common);

// Commands from standard input, to its end or to the first that fails.
int read_commands(const std::vector<std::string>& common);

} // namespace prompt
