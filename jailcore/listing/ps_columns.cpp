#include "jailcore/listing/ps_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <utility>

namespace jailcore {
namespace {

constexpr uint64_t minute = 60;
constexpr uint64_t hour = 60 * minute;
constexpr uint64_t day = 24 * hour;
constexpr uint64_t kibibyte = 1024;

std::string two_digits(uint64_t number) {
    std::string text = std::to_string(number);
    return text.size() < 2 ? "0" + text : text;
}

uint64_t age(const JailProcess& one, const PsMachine& machine) {
    uint64_t start = std::min(one.process.start_time, machine.uptime);
    return (machine.uptime - start) / machine.ticks_per_second;
}

// One decimal, as it is shown.
double percent(double part, double whole) {
    return whole <= 0 ? 0 : std::round(part / whole * 1000) / 10;
}

PsValue processor(const JailProcess& one, const PsMachine& machine) {
    uint64_t start = std::min(one.process.start_time, machine.uptime);
    return percent(static_cast<double>(one.process.ticks), static_cast<double>(machine.uptime - start));
}

PsValue memory(const JailProcess& one, const PsMachine& machine) {
    return percent(static_cast<double>(one.process.resident * machine.page),
                   static_cast<double>(machine.memory));
}

// The kernel's letter, and behind it ps(1)'s in the order of FreeBSD.
PsValue state(const JailProcess& one, const PsMachine&) {
    const Process& process = one.process;
    std::string text(1, process.state);
    text += process.nice < 0 ? "<" : process.nice > 0 ? "N" : "";
    text += process.session == process.pid ? "s" : "";
    text += process.foreground > 0 && process.foreground == process.group ? "+" : "";
    return text + "J"; // in a jail
}

std::string date(int64_t seconds, const char* format) {
    auto time = static_cast<std::time_t>(seconds);
    std::tm broken{};
    std::array<char, 32> text{};
    if (gmtime_r(&time, &broken) == nullptr || std::strftime(text.data(), text.size(), format, &broken) == 0)
        return "-";
    return text.data();
}

// UTC, since a listing travels.
PsValue started(const JailProcess& one, const PsMachine& machine) {
    uint64_t seconds = age(one, machine);
    return date(machine.now - static_cast<int64_t>(seconds), seconds < day ? "%H:%M" : "%b%d");
}

PsValue started_in_full(const JailProcess& one, const PsMachine& machine) {
    return date(machine.now - static_cast<int64_t>(age(one, machine)), "%FT%TZ");
}

PsValue command(const JailProcess& one, const PsMachine&) {
    return one.process.command;
}

constexpr bool left = true;
constexpr bool right = false;

constexpr auto keywords = std::to_array<PsKeyword>({
    {"args", "COMMAND", left, command},
    {"comm", "COMMAND", left,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return one.process.name;
     }},
    {"command", "COMMAND", left, command},
    {"etime", "ELAPSED", right,
     [](const JailProcess& one, const PsMachine& machine) -> PsValue {
         return time_text(age(one, machine));
     }},
    {"hostpid", "HOSTPID", right,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return int64_t{one.process.pid};
     }},
    {"jail", "JAIL", left,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return std::string(pty::get_text(one.jail->name));
     }},
    {"jid", "JID", right,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return int64_t{one.jail->jid};
     }},
    {"lstart", "STARTED", left, started_in_full},
    {"nice", "NI", right,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return int64_t{one.process.nice};
     }},
    {"nlwp", "NLWP", right,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return int64_t{one.process.threads};
     }},
    {"pcpu", "%CPU", right, processor},
    {"pid", "PID", right,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return int64_t{one.jailed_pid};
     }},
    {"pmem", "%MEM", right, memory},
    {"ppid", "PPID", right,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return int64_t{one.jailed_parent};
     }},
    {"rss", "RSS", right,
     [](const JailProcess& one, const PsMachine& machine) -> PsValue {
         return static_cast<int64_t>(one.process.resident * machine.page / kibibyte);
     }},
    {"start", "STARTED", left, started},
    {"stat", "STAT", left, state},
    {"time", "TIME", right,
     [](const JailProcess& one, const PsMachine& machine) -> PsValue {
         return time_text(one.process.ticks / machine.ticks_per_second);
     }},
    {"tty", "TT", left,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return one.process.terminal;
     }},
    {"uid", "UID", right,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return one.jailed_user;
     }},
    {"user", "USER", left,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return user_of(one);
     }},
    {"vsz", "VSZ", right,
     [](const JailProcess& one, const PsMachine&) -> PsValue {
         return static_cast<int64_t>(one.process.virtual_size / kibibyte);
     }},
});

constexpr std::pair<std::string_view, std::string_view> others[] = {
    {"%cpu", "pcpu"}, {"%mem", "pmem"},  {"cmd", "command"}, {"cputime", "time"},
    {"ni", "nice"},   {"rssize", "rss"}, {"s", "stat"},      {"state", "stat"},
    {"tname", "tty"}, {"tt", "tty"},     {"ucomm", "comm"},  {"vsize", "vsz"},
};

} // namespace

const PsKeyword* find_keyword(std::string_view name) {
    for (const auto& [other, own] : others)
        if (other == name)
            name = own;
    const auto* found = std::ranges::find(keywords, name, &PsKeyword::name);
    return found == keywords.end() ? nullptr : found;
}

std::string time_text(uint64_t seconds) {
    std::string days = seconds >= day ? two_digits(seconds / day) + "-" : "";
    return days + two_digits(seconds % day / hour) + ":" + two_digits(seconds % hour / minute) + ":" +
           two_digits(seconds % minute);
}

std::string user_of(const JailProcess& process) {
    if (!process.user_name.empty())
        return process.user_name;
    if (process.jailed_user < 0)
        return "nobody";
    return process.jailed_user == 0 ? "root" : std::to_string(process.jailed_user);
}

} // namespace jailcore
