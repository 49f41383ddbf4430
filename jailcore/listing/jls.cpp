#include "jailcore/listing/jls.hpp"

#include "jailcore/listing/column.hpp"
#include "jailcore/listing/jail_parameters.hpp"
#include "jailcore/listing/json_text.hpp"
#include "jailcore/listing/libxo.hpp"
#include "pty/escape.hpp"
#include "pty/json.hpp"

#include <algorithm>
#include <utility>

namespace jailcore {
namespace {

using pty::Json;

constexpr size_t jid_width = 6;
constexpr size_t name_width = 15;
constexpr size_t address_width = 15;
constexpr size_t hostname_width = 29;
constexpr size_t path_width = 74;
constexpr const char* indent = "        ";
constexpr const char* libxo_version = "2";

// Of a parameter that there need not be, and that has another type where the jail is gone.
template <class Value>
Value value_of(const JailRecord& jail, std::string_view name, Value otherwise) {
    const ListedParameter* parameter = find_listed(name);
    if (parameter == nullptr)
        return otherwise;
    ParameterValue value = parameter->value(jail, name);
    const Value* typed = std::get_if<Value>(&value);
    return typed != nullptr ? *typed : otherwise;
}

using Strings = std::vector<std::string>;

Strings addresses(const JailRecord& jail, std::string_view name) {
    return value_of(jail, name, Strings());
}

std::string first_address(const JailRecord& jail) {
    Strings all = addresses(jail, "ip4.addr");
    return all.empty() ? "" : all.front();
}

int64_t cpuset_of(const JailRecord& jail) {
    constexpr int64_t none = -1;
    return value_of(jail, "cpuset.id", none);
}

// A jail that is being stopped still runs; the kernel's "dying" begins when it is gone and ends with its last
// reference.
const char* state_of(const JailRecord& jail) {
    if (value_of(jail, "dying", false))
        return "DYING";
    return (jail.flags & jail_stopping) != 0 ? "STOPPING" : "ACTIVE";
}

std::string name_of(const JailRecord& jail) {
    return std::string(pty::get_text(jail.name));
}

// ---- rows without named parameters

std::string jid_cell(const JailRecord& jail) {
    return fill_left(std::to_string(jail.jid), jid_width) + "  ";
}

std::string hostname_and_path(const JailRecord& jail) {
    return cut_and_fill(pty::get_text(jail.hostname), hostname_width) + " " +
           cut(pty::get_text(jail.path), path_width) + "\n";
}

std::string plain_text(const std::vector<JailRecord>& jails, bool by_name) {
    std::string text = by_name ? " " + fill("JID", name_width) + " " + fill("IP Address", address_width) +
                                     " " + fill("Hostname", hostname_width) + " Path\n"
                               : "   JID  IP Address      Hostname                      Path\n";
    for (const JailRecord& jail : jails)
        text += (by_name ? " " + fill(name_of(jail), name_width) + " " : jid_cell(jail)) +
                cut_and_fill(first_address(jail), address_width) + " " + hostname_and_path(jail);
    return text;
}

std::string verbose_text(const std::vector<JailRecord>& jails) {
    std::string text = "   JID  Hostname                      Path\n"
                       "        Name                          State\n"
                       "        CPUSetID\n"
                       "        IP Address(es)\n";
    for (const JailRecord& jail : jails) {
        text += jid_cell(jail) + hostname_and_path(jail);
        text += indent + cut_and_fill(name_of(jail), hostname_width) + " " + state_of(jail) + "\n";
        text += indent + std::to_string(cpuset_of(jail)) + "\n";
        for (const char* name : {"ip4.addr", "ip6.addr"})
            for (const std::string& address : addresses(jail, name))
                text += indent + address + "\n";
    }
    return text;
}

Json plain_json(const JailRecord& jail, const JlsOptions& options) {
    bool ours = options.style == ListStyle::json;
    Json json = Json::object();
    if (options.verbose || ours || !options.by_name)
        json.set("jid", jail.jid);
    else
        json.set("name", pty::escape_invalid(name_of(jail)));
    if (!options.verbose)
        json.set("ipv4", first_address(jail));
    json.set("hostname", pty::escape_invalid(pty::get_text(jail.hostname)));
    json.set("path", pty::escape_invalid(pty::get_text(jail.path)));
    if (ours || options.verbose)
        json.set("name", pty::escape_invalid(name_of(jail)));
    if (options.verbose) {
        json.set("state", state_of(jail));
        json.set("cpusetid", cpuset_of(jail));
        for (const auto& [member, name] : {std::pair("ipv4_addrs", "ip4.addr"), {"ipv6_addrs", "ip6.addr"}})
            if (find_listed(name) != nullptr)
                json.set(member, addresses(jail, name));
    }
    return json;
}

// ---- named parameters

// Whether `jls -s` leaves it out: it cannot be said, or belongs to a group that is not the jail's own.
bool is_skipped(const JailRecord& jail, const ListedParameter& parameter) {
    if (!parameter.writable)
        return true;
    const ListedParameter* group = find_listed(parameter.name.substr(0, parameter.name.find('.')));
    return parameter.name.find('.') != std::string::npos && group != nullptr && group->system &&
           value_of(jail, group->name, std::string()) != "new";
}

std::vector<const ListedParameter*> shown_parameters(const JailRecord& jail, const JlsOptions& options) {
    std::vector<const ListedParameter*> shown;
    for (const std::string& name : options.parameters)
        if (const ListedParameter* found = find_listed(name);
            found != nullptr && !(options.configurable && is_skipped(jail, *found)))
            shown.push_back(found);
    return shown;
}

std::string joined(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& item : list)
        text += (text.empty() ? "" : ",") + item;
    return text;
}

std::string text_of(const ParameterValue& value) {
    if (const bool* truth = std::get_if<bool>(&value))
        return *truth ? "true" : "false";
    if (const int64_t* number = std::get_if<int64_t>(&value))
        return std::to_string(*number);
    if (const auto* list = std::get_if<std::vector<std::string>>(&value))
        return joined(*list);
    return std::get<std::string>(value);
}

// jls.c, quoted_print(): the quote that the text does not hold.
std::string quoted(const std::string& text, const JlsOptions& options) {
    if (text.empty())
        return "\"\"";
    const char* quote = text.find('\'') != std::string::npos             ? "\""
                        : text.find('"') != std::string::npos            ? "'"
                        : text.find_first_of(" \t") != std::string::npos ? "\""
                                                                         : "";
    return options.quoted ? quote + text + quote : text;
}

// `mount.devfs` is `mount.nodevfs` where it is false.
std::string negated(const std::string& name) {
    size_t last = name.rfind('.') + 1; // 0 where there is no dot
    return name.substr(0, last) + "no" + name.substr(last);
}

std::string parameter_text(const JailRecord& jail, const ListedParameter& parameter,
                           const JlsOptions& options) {
    ParameterValue value = parameter.value(jail, parameter.name);
    if (const bool* truth = std::get_if<bool>(&value); truth != nullptr && options.assignments)
        return *truth ? parameter.name : negated(parameter.name);
    std::string before = options.assignments ? parameter.name + "=" : "";
    if (const auto* list = std::get_if<std::vector<std::string>>(&value); list != nullptr && list->empty())
        return before + (options.quoted ? "\"\"" : options.assignments ? "" : "-");
    return before + quoted(pty::escape(text_of(value)), options);
}

std::string parameters_text(const std::vector<JailRecord>& jails, const JlsOptions& options) {
    std::string text;
    if (options.header) {
        for (const std::string& name : options.parameters)
            text += (text.empty() ? "" : " ") + name;
        text += "\n";
    }
    for (const JailRecord& jail : jails) {
        std::string line;
        for (const ListedParameter* parameter : shown_parameters(jail, options))
            line += (line.empty() ? "" : " ") + parameter_text(jail, *parameter, options);
        text += line + "\n";
    }
    return text;
}

// libxo's leaves are text as they are printed, but for booleans where they are not printed as values, and for
// lists of addresses.
Json parameter_json(const JailRecord& jail, const ListedParameter& parameter, const JlsOptions& options) {
    const ParameterValue value = parameter.value(jail, parameter.name);
    bool ours = options.style == ListStyle::json;
    if (const bool* truth = std::get_if<bool>(&value); truth != nullptr && (ours || options.assignments))
        return *truth;
    if (const int64_t* number = std::get_if<int64_t>(&value); number != nullptr && ours)
        return *number;
    if (const auto* list = std::get_if<std::vector<std::string>>(&value);
        list != nullptr && (ours || list->empty() || parameter.name.ends_with(".addr")))
        return *list;
    return pty::escape_invalid(text_of(value));
}

Json parameters_json(const JailRecord& jail, const JlsOptions& options) {
    Json json = Json::object();
    for (const ListedParameter* parameter : shown_parameters(jail, options))
        json.set(parameter->name, parameter_json(jail, *parameter, options));
    return json;
}

std::string json_listing(const std::vector<JailRecord>& jails, const JlsOptions& options) {
    Json rows = Json::array();
    for (const JailRecord& jail : jails)
        rows.add(options.parameters.empty() ? plain_json(jail, options) : parameters_json(jail, options));
    if (options.style == ListStyle::json)
        return json_text(Json::object(
            {{"__version", libxo_version}, {"jail-information", Json::object({{"jail", std::move(rows)}})}}));
    return libxo_text(libxo_version, "jail-information", "jail", rows,
                      options.style == ListStyle::libxo_pretty);
}

} // namespace

bool select_jail(std::vector<JailRecord>& jails, std::string_view name) {
    std::erase_if(jails, [&](const JailRecord& jail) {
        return pty::get_text(jail.name) != name && std::to_string(jail.jid) != name;
    });
    return !jails.empty();
}

std::string jls(std::vector<JailRecord> jails, const JlsOptions& options) {
    std::ranges::sort(jails, {}, &JailRecord::jid);
    if (options.style != ListStyle::text)
        return json_listing(jails, options);
    if (!options.parameters.empty())
        return parameters_text(jails, options);
    return options.verbose ? verbose_text(jails) : plain_text(jails, options.by_name);
}

} // namespace jailcore
