// Open console sessions, as a table.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/listing/processes.hpp"

#include <optional>
#include <span>
#include <string>

namespace jailcore {

struct Session {
    SessionRecord record;
    std::optional<Process> leader; // nothing where it has ended in the meantime
};

std::string sessions_text(std::span<const Session> sessions);
std::string sessions_json(std::span<const Session> sessions);

} // namespace jailcore
