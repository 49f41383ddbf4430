// What `jconsole top` is fed: once a round, a line of JSON with every jail and session and what they use.
#pragma once

#include "jailcore/contract/record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace jailcore {

// What a jail uses.
struct JailUsage {
    std::optional<double> cpu; // percent of one processor since the last round; nothing in its first
    uint64_t memory = 0;       // bytes
    uint32_t processes = 0;
};

struct LiveJail {
    const JailRecord* record = nullptr;
    JailUsage usage;
};

struct LiveSession {
    const SessionRecord* record = nullptr;
    std::string terminal; // pts/0, "-" for pipes, "?" where its leader has ended
    std::string program;  // the leader's name, as it chose it
};

// One line, its newline included. `now`: seconds since the epoch.
std::string live_line(uint64_t now, std::span<const LiveJail> jails, std::span<const LiveSession> sessions);

} // namespace jailcore
