// What the router says once a second (`jconsole top --json`), and the configuration's jails (`jconsole config
// dump --json`), as values. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace top {

struct Jail {
    std::string name;
    std::string hostname;
    std::string state;         // active, starting, stopping; stopped: in the configuration only
    std::optional<double> cpu; // percent of one processor
    uint64_t memory = 0;       // bytes
    uint32_t processes = 0;
    uint64_t created = 0; // seconds since the epoch
};

struct Session {
    std::string name; // JAIL:N
    std::string jail;
    std::string program; // of its leader; as the jail wrote it
    std::string tty;
    bool terminal = false;
    bool attached = false;
    uint64_t created = 0;
    uint16_t rows = 0;
    uint16_t columns = 0;
    uint64_t output = 0; // bytes that its terminal has shown
    uint32_t leader = 0; // its pid on the host
};

struct Snapshot {
    uint64_t time = 0; // seconds since the epoch
    std::vector<Jail> jails;
    std::vector<Session> sessions;
};

// Nothing where the line is not one of the router's.
std::optional<Snapshot> parse_snapshot(std::string_view line);

// A jail of the configuration.
struct Configured {
    std::string name;
    std::vector<std::string> depend; // as it says, without the jail that it is in
    bool operator==(const Configured&) const = default;
};

// Nothing where it is no such list.
std::optional<std::vector<Configured>> parse_configured(std::string_view json);

} // namespace top
