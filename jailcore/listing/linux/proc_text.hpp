// The texts of proc(5), of which a process chooses parts (its name): pure, so that tests can be as hostile as
// it.
#pragma once

#include "jailcore/listing/processes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jailcore {

// /proc/PID/stat: all that it says of a process, its name among it. False where it is not of that form.
bool parse_stat(std::string_view stat, Process& process);

// /proc/PID/status: the effective uid and the pids.
bool parse_status(std::string_view status, Process& process);

// Of "pid:[4026531836]".
std::optional<uint64_t> namespace_inode(std::string_view link);

// A tty_nr of /proc/PID/stat: pts/0, tty1, ttyS0, console; "-" for 0; "?" for what has no fixed name.
std::string terminal_name(uint32_t device);

// What a uid outside is inside, by /proc/PID/uid_map; -1: nothing.
int64_t inner_uid(std::string_view uid_map, uint32_t outer);

} // namespace jailcore
