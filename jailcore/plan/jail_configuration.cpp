#include "jailcore/plan/jail_configuration.hpp"

#include "pty/json.hpp"

#include <unordered_set>

namespace jailcore {
namespace {

using pty::Json;

Json json_of(const FstabEntry& entry) {
    return Json::object({{"spec", entry.spec},
                         {"file", entry.file},
                         {"vfstype", entry.vfstype},
                         {"options", entry.options},
                         {"source", entry.source},
                         {"line", entry.line}});
}

// The names of parameters as keys, each once: names that differ only in bytes that are not UTF-8 are the same
// text, and a key that is there twice would lose one of its values.
class Keys {
public:
    std::string key_of(const std::string& name) {
        std::string key = name;
        while (!taken_.insert(Json(key).text(Json::one_line)).second)
            key = name + "\xff" + std::to_string(++last_);
        return key;
    }

private:
    std::unordered_set<std::string> taken_;
    size_t last_ = 0;
};

Json json_of(const JailConfiguration& jail) {
    Json json = Json::object({{"name", jail.name}});
    if (!jail.errors.empty()) {
        json.set("failed", true);
        json.set("errors", jail.errors);
    }
    Json parameters = Json::object();
    Keys keys;
    for (const Parameter& parameter : jail.parameters)
        parameters.append(keys.key_of(parameter.name), parameter.values);
    json.set("params", std::move(parameters));
    if (!jail.fstab.empty()) {
        Json fstab = Json::array();
        for (const FstabEntry& entry : jail.fstab)
            fstab.add(json_of(entry));
        json.set("fstab", std::move(fstab));
    }
    return json;
}

FstabEntry entry_of(const Json& json) {
    return {json.at("spec").get<std::string>(),    json.at("file").get<std::string>(),
            json.at("vfstype").get<std::string>(), json.at("options").strings(),
            json.at("source").get<std::string>(),  json.at("line").integer<unsigned>()};
}

JailConfiguration jail_of(const Json& json) {
    JailConfiguration jail;
    jail.name = json.at("name").get<std::string>();
    for (const auto& [name, values] : json.at("params").get<Json::Object>())
        jail.parameters.push_back({name, values.strings()});
    if (const Json* errors = json.find("errors"))
        jail.errors = errors->strings();
    if (const Json* failed = json.find("failed"); failed && failed->get<bool>() && jail.errors.empty())
        jail.errors.emplace_back("its configuration has an error");
    if (const Json* fstab = json.find("fstab"))
        for (const Json& entry : fstab->get<Json::Array>())
            jail.fstab.push_back(entry_of(entry));
    return jail;
}

Json first_line(std::string_view table) {
    std::optional<Json> line = Json::parse(table.substr(0, table.find('\n')));
    if (!line)
        throw pty::JsonError("a line of the table is not JSON");
    return *std::move(line);
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
        out += json_of(jail).text(1);
    }
    return out + (jails.empty() ? "]" : "\n]");
}

std::string to_table(const std::vector<std::string>& looked_at, const std::vector<std::string>& trees,
                     const std::vector<JailConfiguration>& jails) {
    std::string out = Json(looked_at).text(Json::one_line) + "\n" + Json(trees).text(Json::one_line) + "\n";
    for (const JailConfiguration& jail : jails)
        out += json_of(jail).text(Json::one_line) + "\n";
    return out;
}

std::optional<FoundJail> find_in_table(std::string_view table, const std::string& name) {
    try {
        FoundJail found;
        found.looked_at = first_line(table).strings();
        table.remove_prefix(std::min(table.find('\n'), table.size() - 1) + 1);
        found.trees = first_line(table).strings();
        std::string begin = Json::object({{"name", name}}).text(Json::one_line);
        begin.back() = ','; // more follows in the row
        if (size_t row = table.find("\n" + begin); row != std::string_view::npos)
            found.jail = jail_of(first_line(table.substr(row + 1)));
        return found;
    } catch (const pty::JsonError&) {
        return {};
    }
}

} // namespace jailcore
