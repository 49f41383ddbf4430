#include "shell/screen/snapshot.hpp"

#include "pty/json.hpp"

namespace top {
namespace {

using pty::Json;

Jail jail_of(const Json& json) {
    Jail jail;
    jail.name = json.at("name").get<std::string>();
    jail.hostname = json.at("hostname").get<std::string>();
    jail.state = json.at("state").get<std::string>();
    if (const Json& cpu = json.at("cpu"); !cpu.is_null())
        jail.cpu = cpu.number();
    jail.memory = json.at("memory").integer<uint64_t>();
    jail.processes = json.at("processes").integer<uint32_t>();
    jail.created = json.at("created").integer<uint64_t>();
    return jail;
}

Session session_of(const Json& json) {
    Session session;
    session.name = json.at("session").get<std::string>();
    session.jail = json.at("jail").get<std::string>();
    session.program = json.at("program").get<std::string>();
    session.tty = json.at("tty").get<std::string>();
    session.terminal = json.at("terminal").get<bool>();
    session.attached = json.at("attached").get<bool>();
    session.created = json.at("created").integer<uint64_t>();
    session.rows = json.at("rows").integer<uint16_t>();
    session.columns = json.at("columns").integer<uint16_t>();
    session.output = json.at("output").integer<uint64_t>();
    session.leader = json.at("host_pid").integer<uint32_t>();
    return session;
}

} // namespace

std::optional<Snapshot> parse_snapshot(std::string_view line) {
    std::optional<Json> json = Json::parse(line);
    if (!json)
        return std::nullopt;
    try {
        Snapshot snapshot;
        snapshot.time = json->at("time").integer<uint64_t>();
        for (const Json& jail : json->at("jails").get<Json::Array>())
            snapshot.jails.push_back(jail_of(jail));
        for (const Json& session : json->at("sessions").get<Json::Array>())
            snapshot.sessions.push_back(session_of(session));
        return snapshot;
    } catch (const pty::JsonError&) {
        return std::nullopt;
    }
}

std::optional<std::vector<Configured>> parse_configured(std::string_view text) {
    std::optional<Json> json = Json::parse(text);
    if (!json)
        return std::nullopt;
    try {
        std::vector<Configured> jails;
        for (const Json& jail : json->get<Json::Array>()) {
            const Json* parameters = jail.find("params");
            const Json* depend = parameters ? parameters->find("depend") : nullptr;
            jails.push_back({jail.at("name").get<std::string>(),
                             depend ? depend->strings() : std::vector<std::string>()});
        }
        return jails;
    } catch (const pty::JsonError&) {
        return std::nullopt;
    }
}

} // namespace top
