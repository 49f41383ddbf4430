#include "jailcore/listing/linux/proc_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace jailcore {
namespace {

// Of the fields behind the name in /proc/PID/stat, which proc(5) counts from 1 as fields 3, 4 …
enum StatField : size_t {
    state = 0,
    parent = 1,
    group = 2,
    session = 3,
    terminal = 4,
    foreground = 5,
    user_time = 11,
    system_time = 12,
    nice = 16,
    threads = 17,
    start_time = 19,
    virtual_size = 20,
    resident = 21,
    field_count
};

std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    size_t end = std::min(text.find_first_of(" \t\n"), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

template <class Number>
bool parse(std::string_view word, Number& number) {
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc() && end == word.data() + word.size() && !word.empty();
}

// What stands behind "KEY:" at the beginning of a line. A name cannot forge one: its newlines are escaped in
// `status`.
std::optional<std::string_view> line_of(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.starts_with(key) && line.substr(key.size()).starts_with(':'))
            return line.substr(key.size() + 1);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
}

} // namespace

bool parse_stat(std::string_view stat, Process& process) {
    // The name can hold parentheses and blanks; the last parenthesis is the kernel's.
    size_t open = stat.find('(');
    size_t close = stat.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return false;
    process.name = stat.substr(open + 1, close - open - 1);
    stat.remove_prefix(close + 1);
    std::array<std::string_view, StatField::field_count> fields;
    for (std::string_view& field : fields)
        field = take_word(stat);
    int32_t device = 0;
    uint64_t user = 0;
    uint64_t system = 0;
    bool good =
        parse(fields[StatField::parent], process.parent) && parse(fields[StatField::terminal], device) &&
        parse(fields[user_time], user) && parse(fields[system_time], system) &&
        parse(fields[StatField::start_time], process.start_time) &&
        parse(fields[StatField::group], process.group) &&
        parse(fields[StatField::session], process.session) &&
        parse(fields[StatField::foreground], process.foreground) &&
        parse(fields[StatField::nice], process.nice) && parse(fields[StatField::threads], process.threads) &&
        parse(fields[StatField::virtual_size], process.virtual_size) &&
        parse(fields[StatField::resident], process.resident) && !fields[StatField::state].empty();
    process.state = good ? fields[StatField::state].front() : '?';
    process.ticks = user + system;
    process.terminal = terminal_name(static_cast<uint32_t>(device));
    return good;
}

bool parse_status(std::string_view status, Process& process) {
    auto users = line_of(status, "Uid");
    auto pids = line_of(status, "NSpid");
    if (!users || !pids)
        return false;
    process.pids.clear();
    take_word(*users);
    if (!parse(take_word(*users), process.user))
        return false;
    for (std::string_view word = take_word(*pids); !word.empty(); word = take_word(*pids))
        if (!parse(word, process.pids.emplace_back()))
            return false;
    return !process.pids.empty();
}

std::optional<uint64_t> namespace_inode(std::string_view link) {
    size_t open = link.find('[');
    uint64_t inode = 0;
    if (open == std::string_view::npos || !link.ends_with(']') ||
        !parse(link.substr(open + 1, link.size() - open - 2), inode))
        return {};
    return inode;
}

std::string terminal_name(uint32_t device) {
    // The kernel's encoding: minor 7-0 in bits 7-0, major in bits 19-8, the rest of the minor above.
    uint32_t major = device >> 8 & 0xfffU;
    uint32_t minor = (device & 0xffU) | (device >> 12 & 0xfff00U);
    constexpr uint32_t first_pts = 136;
    constexpr uint32_t last_pts = 143;
    constexpr uint32_t first_serial = 64;
    if (device == 0)
        return "-";
    if (major >= first_pts && major <= last_pts)
        return "pts/" + std::to_string(minor + ((major - first_pts) << 8));
    if (major == 4)
        return minor < first_serial ? "tty" + std::to_string(minor)
                                    : "ttyS" + std::to_string(minor - first_serial);
    return major == 5 && minor == 1 ? "console" : "?";
}

int64_t inner_uid(std::string_view uid_map, uint32_t outer) {
    while (!uid_map.empty()) {
        uint32_t inside = 0;
        uint32_t outside = 0;
        uint32_t count = 0;
        if (!parse(take_word(uid_map), inside) || !parse(take_word(uid_map), outside) ||
            !parse(take_word(uid_map), count))
            return -1;
        if (outer >= outside && outer - outside < count)
            return int64_t{inside} + (outer - outside);
        uid_map.remove_prefix(std::min(uid_map.find('\n') + 1, uid_map.size()));
    }
    return -1;
}

} // namespace jailcore
