#include "jailcore/listing/live.hpp"

#include "jailcore/listing/json_text.hpp"

#include <cmath>

namespace jailcore {
namespace {

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
    return {{"jid", jail.record->jid},
            {"name", json_text(pty::get_text(jail.record->name))},
            {"hostname", json_text(pty::get_text(jail.record->hostname))},
            {"path", json_text(pty::get_text(jail.record->path))},
            {"state", state_of(*jail.record)},
            {"created", jail.record->created},
            {"cpu", cpu},
            {"memory", jail.usage.memory},
            {"processes", jail.usage.processes}};
}

Json json_of(const LiveSession& session) {
    const SessionRecord& record = *session.record;
    return {
        {"session", json_text(std::string(pty::get_text(record.name)) + ":" + std::to_string(record.number))},
        {"jail", json_text(pty::get_text(record.name))},
        {"host_pid", record.pid},
        {"owner", record.owner},
        {"terminal", record.terminal != 0},
        {"tty", session.terminal},
        {"attached", record.attached != 0},
        {"created", record.created},
        {"rows", record.rows},
        {"columns", record.columns},
        {"output", record.output},
        {"program", json_text(session.program)}};
}

} // namespace

std::string live_line(uint64_t now, std::span<const LiveJail> jails, std::span<const LiveSession> sessions) {
    Json line{{"time", now}, {"jails", Json::array()}, {"sessions", Json::array()}};
    for (const LiveJail& jail : jails)
        line["jails"].push_back(json_of(jail));
    for (const LiveSession& session : sessions)
        line["sessions"].push_back(json_of(session));
    return line.dump(-1, ' ', true) + "\n";
}

} // namespace jailcore
