// Jails that do not run and that another tool has made: whose they are, by the plain files in which it keeps
// them, and what starts them. Where a tool is not there, neither are its files.
#pragma once

#include "jailcore/conf/load.hpp"

#include <string>
#include <vector>

namespace jailcore::conf {

struct ToolsJail {
    std::string tool;    // bastille
    std::string command; // bastille start web1
};

// Who has the jail of that name, which is the tool's own or the one that it gives the jail in the kernel.
// `root`: what the paths of the files lie below; "" is the host's.
std::vector<ToolsJail> jails_of_tools(const std::string& name, const Files& files,
                                      const std::string& root = {});

// That in a line, a mend of "no such jail"; "" where nobody has it.
std::string hint_of(const std::vector<ToolsJail>& jails);

} // namespace jailcore::conf
