#include "jailcore/plan/jail_configuration.hpp"

#include <nlohmann/json.hpp>
#include <unordered_set>

namespace jailcore {
namespace {

// Keeps the order of keys.
using Json = nlohmann::ordered_json;

Json json_of(const FstabEntry& entry) {
    return {{"spec", entry.spec},       {"file", entry.file},     {"vfstype", entry.vfstype},
            {"options", entry.options}, {"source", entry.source}, {"line", entry.line}};
}

constexpr int in_one_line = -1;

std::string as_text(const Json& json, int indent) {
    return json.dump(indent, ' ', true, Json::error_handler_t::replace);
}

// The names of parameters as keys, each once: names that differ only in bytes that are not UTF-8 are the same
// text, and a key that is there twice would lose one of its values.
class Keys {
public:
    std::string key_of(const std::string& name) {
        std::string key = name;
        while (!taken_.insert(as_text(key, in_one_line)).second)
            key = name + "\xff" + std::to_string(++last_);
        return key;
    }

private:
    std::unordered_set<std::string> taken_;
    size_t last_ = 0;
};

Json json_of(const JailConfiguration& jail) {
    Json json{{"name", jail.name}};
    if (!jail.errors.empty()) {
        json["failed"] = true;
        json["errors"] = jail.errors;
    }
    Json::object_t parameters;
    Keys keys;
    // Past the container's own look for duplicates, which would take quadratic time.
    for (const Parameter& parameter : jail.parameters)
        parameters.emplace_back(keys.key_of(parameter.name), parameter.values);
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
        out += as_text(json_of(jail), 1);
    }
    return out + (jails.empty() ? "]" : "\n]");
}

std::string to_table(const std::vector<std::string>& looked_at, const std::vector<std::string>& trees,
                     const std::vector<JailConfiguration>& jails) {
    std::string out = as_text(looked_at, in_one_line) + "\n" + as_text(trees, in_one_line) + "\n";
    for (const JailConfiguration& jail : jails)
        out += as_text(json_of(jail), in_one_line) + "\n";
    return out;
}

std::optional<FoundJail> find_in_table(std::string_view table, const std::string& name) {
    try {
        FoundJail found;
        found.looked_at = Json::parse(table.substr(0, table.find('\n')));
        table.remove_prefix(std::min(table.find('\n'), table.size() - 1) + 1);
        found.trees = Json::parse(table.substr(0, table.find('\n')));
        std::string begin = as_text(Json{{"name", name}}, in_one_line);
        begin.back() = ','; // more follows in the row
        if (size_t row = table.find("\n" + begin); row != std::string_view::npos) {
            table.remove_prefix(row + 1);
            found.jail = jail_of(Json::parse(table.substr(0, table.find('\n'))));
        }
        return found;
    } catch (const Json::exception&) {
        return {};
    }
}

} // namespace jailcore
