// The columns that `ps -o` can be asked for. Pure.
#pragma once

#include "jailcore/listing/processes.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace jailcore {

// What a column needs to know beside the process.
struct PsMachine {
    uint64_t ticks_per_second = 100; // sysconf(_SC_CLK_TCK)
    uint64_t uptime = 0;             // ticks since boot
    int64_t now = 0;                 // seconds since the epoch
    uint64_t page = 4096;            // bytes
    uint64_t memory = 0;             // bytes, 0: not known
};

// What JSON has as it is; text may be as hostile as the process that chose it.
using PsValue = std::variant<int64_t, double, std::string>;

struct PsKeyword {
    std::string_view name;
    std::string_view header;
    bool left = false; // text stands on the left of its column, numbers on the right
    PsValue (*value)(const JailProcess& process, const PsMachine& machine) = nullptr;
};

// By its name or another that ps(1) knows for it (%cpu, tt, cmd ...); nullptr where there is none.
const PsKeyword* find_keyword(std::string_view name);

// [DD-]HH:MM:SS.
std::string time_text(uint64_t seconds);

// By the name that its jail has for him; else root, a number, or nobody for -1.
std::string user_of(const JailProcess& process);

} // namespace jailcore
