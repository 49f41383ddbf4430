// The router's log: what happens to jails, sessions and workers, a line each. spdlog is behind it in one
// file, for its headers cost ten seconds of compilation in each file that includes them.
#pragma once

#include <string>
#include <string_view>

namespace monitor::log {

// From then on to this file, and to one of the same name with ".1" before it is a megabyte; without it, to
// standard output. Throws std::exception.
void to_file(const std::string& path);

// Debug lines are written as well: each change of a session's, worker's or jail's state is one.
void show_debug();

void debug(std::string_view line);
void info(std::string_view line);
void warn(std::string_view line);
void error(std::string_view line);

} // namespace monitor::log
