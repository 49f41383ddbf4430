#include "jailcore/listing/processes.hpp"

#include "jailcore/listing/column.hpp"
#include "jailcore/listing/json_text.hpp"
#include "jailcore/listing/ps_columns.hpp"
#include "pty/escape.hpp"
#include "pty/json.hpp"

namespace jailcore {
namespace {

using pty::Json;

constexpr size_t name_width = 15;
constexpr size_t number_width = 6;
constexpr size_t host_pid_width = 7;
constexpr size_t user_width = 8;
constexpr size_t terminal_width = 8;
constexpr size_t time_width = 9;
constexpr size_t command_width = 1024;

std::string row(std::string_view jail, std::string_view jid, std::string_view pid, std::string_view host_pid,
                std::string_view user, std::string_view terminal, std::string_view time,
                std::string_view command) {
    return fill(jail, name_width) + " " + fill_left(jid, number_width) + " " + fill_left(pid, number_width) +
           " " + fill_left(host_pid, host_pid_width) + " " + fill(user, user_width) + " " +
           fill(terminal, terminal_width) + " " + fill_left(time, time_width) + " " +
           cut(command, command_width) + "\n";
}

} // namespace

std::string processes_text(std::span<const JailProcess> processes, uint64_t ticks_per_second) {
    std::string text = row("JAIL", "JID", "PID", "HOSTPID", "USER", "TT", "TIME", "COMMAND");
    for (const JailProcess& one : processes)
        text +=
            row(pty::get_text(one.jail->name), std::to_string(one.jail->jid), std::to_string(one.jailed_pid),
                std::to_string(one.process.pid), user_of(one), one.process.terminal,
                time_text(one.process.ticks / ticks_per_second), one.process.command);
    return text;
}

std::string processes_json(std::span<const JailProcess> processes, uint64_t ticks_per_second) {
    Json rows = Json::array();
    for (const JailProcess& one : processes)
        rows.add(Json::object({{"jail", pty::escape_invalid(pty::get_text(one.jail->name))},
                               {"jid", one.jail->jid},
                               {"pid", one.jailed_pid},
                               {"host_pid", one.process.pid},
                               {"uid", one.jailed_user},
                               {"tty", one.process.terminal},
                               {"time", one.process.ticks / ticks_per_second},
                               {"command", pty::escape_invalid(one.process.command)}}));
    return json_text(rows);
}

} // namespace jailcore
