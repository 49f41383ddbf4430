#include "jailcore/listing/live.hpp"

#include "pty/escape.hpp"
#include "pty/json.hpp"

#include <cmath>

namespace jailcore {
namespace {

using pty::Json;

const char* state_of(const JailRecord& jail) {
    if ((jail.flags & jail_starting) != 0)
        return "starting";
    return (jail.flags & jail_stopping) != 0 ? "stopping" : "active";
}

Json json_of(const LiveJail& jail) {
    constexpr double tenths = 10;
    Json cpu = nullptr;
    if (jail.usage.cpu)
        cpu = std::round(*jail.usage.cpu * tenths) / tenths;
    return Json::object({{"jid", jail.record->jid},
                         {"name", pty::escape_invalid(pty::get_text(jail.record->name))},
                         {"hostname", pty::escape_invalid(pty::get_text(jail.record->hostname))},
                         {"path", pty::escape_invalid(pty::get_text(jail.record->path))},
                         {"state", state_of(*jail.record)},
                         {"created", jail.record->created},
                         {"cpu", cpu},
                         {"memory", jail.usage.memory},
                         {"processes", jail.usage.processes}});
}

Json json_of(const LiveSession& session) {
    const SessionRecord& record = *session.record;
    return Json::object({{"session", pty::escape_invalid(std::string(pty::get_text(record.name)) + ":" +
                                                         std::to_string(record.number))},
                         {"jail", pty::escape_invalid(pty::get_text(record.name))},
                         {"host_pid", record.pid},
                         {"owner", record.owner},
                         {"terminal", record.terminal != 0},
                         {"tty", session.terminal},
                         {"attached", record.attached != 0},
                         {"created", record.created},
                         {"rows", record.rows},
                         {"columns", record.columns},
                         {"output", record.output},
                         {"program", pty::escape_invalid(session.program)}});
}

} // namespace

std::string live_line(uint64_t now, std::span<const LiveJail> jails, std::span<const LiveSession> sessions) {
    Json listed = Json::array();
    for (const LiveJail& jail : jails)
        listed.add(json_of(jail));
    Json opened = Json::array();
    for (const LiveSession& session : sessions)
        opened.add(json_of(session));
    Json line = Json::object({{"time", now}});
    line.set("jails", std::move(listed));
    line.set("sessions", std::move(opened));
    return line.text(-1) + "\n";
}

} // namespace jailcore
