#include "jailcore/jail_configuration.hpp"

#include <nlohmann/json.hpp>

namespace jailcore {
namespace {

// Keeps the order of keys.
using Json = nlohmann::ordered_json;

Json json_of(const FstabEntry& entry) {
    return {{"spec", entry.spec},       {"file", entry.file},     {"vfstype", entry.vfstype},
            {"options", entry.options}, {"source", entry.source}, {"line", entry.line}};
}

Json json_of(const JailConfiguration& jail) {
    Json json{{"name", jail.name}};
    if (!jail.errors.empty()) {
        json["failed"] = true;
        json["errors"] = jail.errors;
    }
    Json::object_t parameters;
    // Past the container's own look for duplicates, which would take quadratic time.
    for (const Parameter& parameter : jail.parameters)
        parameters.emplace_back(parameter.name, parameter.values);
    json["params"] = std::move(parameters);
    for (const FstabEntry& entry : jail.fstab)
        json["fstab"].push_back(json_of(entry));
    return json;
}

FstabEntry entry_of(const Json& json) {
    return {json.at("spec"),    json.at("file"),   json.at("vfstype"),
            json.at("options"), json.at("source"), json.at("line")};
}

JailConfiguration jail_of(const Json& json) {
    JailConfiguration jail;
    jail.name = json.at("name");
    for (const auto& [name, values] : json.at("params").items())
        jail.parameters.push_back({name, values});
    jail.errors = json.value("errors", std::vector<std::string>{});
    if (json.value("failed", false) && jail.errors.empty())
        jail.errors.emplace_back("its configuration has an error");
    if (json.contains("fstab"))
        for (const Json& entry : json.at("fstab"))
            jail.fstab.push_back(entry_of(entry));
    return jail;
}

} // namespace

const Parameter* JailConfiguration::find(std::string_view slot) const {
    for (const Parameter& parameter : parameters)
        if (same_slot(parameter.name, slot))
            return &parameter;
    return nullptr;
}

std::string to_json(const std::vector<JailConfiguration>& jails) {
    // Jail by jail: a tree of all of them would take several times the memory of the text.
    std::string out = "[";
    for (const JailConfiguration& jail : jails) {
        out += out.size() == 1 ? "\n" : ",\n";
        out += json_of(jail).dump(1, ' ', true, Json::error_handler_t::replace);
    }
    return out + (jails.empty() ? "]" : "\n]");
}

std::optional<std::vector<JailConfiguration>> from_json(std::string_view text) {
    try {
        std::vector<JailConfiguration> jails;
        for (const Json& json : Json::parse(text))
            jails.push_back(jail_of(json));
        return jails;
    } catch (const Json::exception&) {
        return {};
    }
}

} // namespace jailcore
