#include "shell/screen/snapshot.hpp"

#include <nlohmann/json.hpp>

namespace top {
namespace {

using Json = nlohmann::json;

Jail jail_of(const Json& json) {
    Jail jail;
    jail.name = json.at("name").get<std::string>();
    jail.hostname = json.at("hostname").get<std::string>();
    jail.state = json.at("state").get<std::string>();
    if (json.at("cpu").is_number())
        jail.cpu = json.at("cpu").get<double>();
    jail.memory = json.at("memory").get<uint64_t>();
    jail.processes = json.at("processes").get<uint32_t>();
    jail.created = json.at("created").get<uint64_t>();
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
    session.created = json.at("created").get<uint64_t>();
    session.rows = json.at("rows").get<uint16_t>();
    session.columns = json.at("columns").get<uint16_t>();
    session.output = json.at("output").get<uint64_t>();
    session.leader = json.at("host_pid").get<uint32_t>();
    return session;
}

} // namespace

std::optional<Snapshot> parse_snapshot(std::string_view line) {
    try {
        Json json = Json::parse(line);
        Snapshot snapshot;
        snapshot.time = json.at("time").get<uint64_t>();
        for (const Json& jail : json.at("jails"))
            snapshot.jails.push_back(jail_of(jail));
        for (const Json& session : json.at("sessions"))
            snapshot.sessions.push_back(session_of(session));
        return snapshot;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

std::optional<std::vector<Configured>> parse_configured(std::string_view json) {
    try {
        std::vector<Configured> jails;
        for (const Json& jail : Json::parse(json))
            jails.push_back({jail.at("name").get<std::string>(),
                             jail.value(Json::json_pointer("/params/depend"), std::vector<std::string>())});
        return jails;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

} // namespace top
