// Processes in the columns that ps(1) was asked for. Pure.
#pragma once

#include "jailcore/listing/ps_options.hpp"

#include <span>
#include <string>

namespace jailcore {

// A line for each process, and one with the headers before them unless all of those are empty. What a process
// chose is escaped.
std::string ps_text(std::span<const JailProcess> processes, const PsOptions& options,
                    const PsMachine& machine);

// An array of objects with the keywords as members.
std::string ps_json(std::span<const JailProcess> processes, const PsOptions& options,
                    const PsMachine& machine);

} // namespace jailcore
