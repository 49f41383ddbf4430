#include "jailcore/listing/sessions.hpp"

#include "jailcore/listing/column.hpp"
#include "jailcore/listing/json_text.hpp"
#include "pty/escape.hpp"
#include "pty/json.hpp"

#include <array>
#include <ctime>

namespace jailcore {
namespace {

using pty::Json;

constexpr size_t session_width = 19;
constexpr size_t number_width = 7;
constexpr size_t owner_width = 6;
constexpr size_t terminal_width = 8;
constexpr size_t state_width = 8;
constexpr size_t time_width = 20;
constexpr size_t command_width = 1024;

std::string session_name(const SessionRecord& record) {
    return std::string(pty::get_text(record.name)) + ":" + std::to_string(record.number);
}

// The terminal has a name only in the jail; a session on pipes has none.
std::string terminal_name(const Session& session) {
    if (session.record.terminal == 0)
        return "-";
    return session.leader ? session.leader->terminal : "?";
}

// UTC, since a listing travels.
std::string time_text(uint64_t seconds) {
    auto time = static_cast<std::time_t>(seconds);
    std::tm broken{};
    std::array<char, 32> text{};
    if (gmtime_r(&time, &broken) == nullptr ||
        std::strftime(text.data(), text.size(), "%FT%TZ", &broken) == 0)
        return "-";
    return text.data();
}

std::string row(std::string_view session, std::string_view pid, std::string_view owner,
                std::string_view terminal, std::string_view state, std::string_view started,
                std::string_view command) {
    return fill(session, session_width) + " " + fill_left(pid, number_width) + " " +
           fill_left(owner, owner_width) + " " + fill(terminal, terminal_width) + " " +
           fill(state, state_width) + " " + fill(started, time_width) + " " + cut(command, command_width) +
           "\n";
}

const char* state_of(const SessionRecord& record) {
    return record.attached != 0 ? "attached" : "detached";
}

} // namespace

std::string sessions_text(std::span<const Session> sessions) {
    std::string text = row("SESSION", "HOSTPID", "UID", "TT", "STATE", "STARTED", "COMMAND");
    for (const Session& session : sessions)
        text += row(session_name(session.record), std::to_string(session.record.pid),
                    std::to_string(session.record.owner), terminal_name(session), state_of(session.record),
                    time_text(session.record.created), session.leader ? session.leader->command : "");
    return text;
}

std::string sessions_json(std::span<const Session> sessions) {
    Json rows = Json::array();
    for (const Session& session : sessions)
        rows.add(
            Json::object({{"session", pty::escape_invalid(session_name(session.record))},
                          {"jail", pty::escape_invalid(pty::get_text(session.record.name))},
                          {"number", session.record.number},
                          {"host_pid", session.record.pid},
                          {"owner", session.record.owner},
                          {"terminal", session.record.terminal != 0},
                          {"tty", terminal_name(session)},
                          {"attached", session.record.attached != 0},
                          {"created", session.record.created},
                          {"command", pty::escape_invalid(session.leader ? session.leader->command : "")}}));
    return json_text(rows);
}

} // namespace jailcore
