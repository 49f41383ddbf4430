// What TAB offers: the words of the shell itself, and what jconsole says that could stand at the cursor.
#pragma once

#include "shell/prompt/commands.hpp"
#include "shell/prompt/completion.hpp"

#include <string>
#include <vector>

namespace prompt {

// Never waits long: whoever does not answer, a router or a jail, offers nothing.
std::vector<std::string> candidates(const Commands& commands, const Unfinished& line);

} // namespace prompt
