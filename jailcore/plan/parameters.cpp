#include "jailcore/plan/parameters.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <strings.h>
#include <unordered_map>

namespace jailcore {
namespace {

using enum ParameterType;
using enum Owner;

constexpr ParameterSpec parameters[] = {
    {"name", text, both, true},
    {"jid", integer, both, true},
    {"path", text, both},
    {"persist", boolean, both},
    {"host", system, kernel},
    {"host.hostname", text, both},
    {"host.domainname", text, kernel},
    {"vnet", system, both},
    {"ip4", system, kernel},
    {"ip6", system, kernel},
    {"enforce_statfs", number, kernel},
    {"securelevel", number, both},
    {"devfs_ruleset", number, both},
    {"children.max", number, kernel},
    {"sysvmsg", system, kernel},
    {"sysvsem", system, kernel},
    {"sysvshm", system, kernel},
    {"depend", list, jail8},
    {"mount", list, jail8},
    {"mount.fstab", list, jail8},
    {"mount.devfs", boolean, jail8},
    {"mount.fdescfs", boolean, jail8},
    {"mount.procfs", boolean, jail8},
    {"exec.prepare", list, jail8},
    {"exec.prestart", list, jail8},
    {"exec.created", list, jail8},
    {"exec.start", list, jail8},
    {"command", list, jail8},
    {"exec.poststart", list, jail8},
    {"exec.prestop", list, jail8},
    {"exec.stop", list, jail8},
    {"exec.poststop", list, jail8},
    {"exec.release", list, jail8},
    {"exec.clean", boolean, jail8},
    {"exec.jail_user", text, jail8},
    {"exec.system_user", text, jail8},
    {"exec.system_jail_user", boolean, jail8},
    {"exec.consolelog", text, jail8},
    {"exec.timeout", integer, jail8},
    {"stop.timeout", integer, jail8},
    // Ours.
    {"linux.namespaces", list, ours},
    {"linux.no_new_privs", boolean, ours},
    {"linux.pids_max", integer, ours},
    {"linux.pty_max", integer, ours},
    {"linux.shm_size", text, ours},
    {"repair", text, ours},
    {"allow.host_pty", boolean, ours},
    // Permissions that are capabilities, or that Linux gives anyway.
    {"allow.raw_sockets", boolean, both},
    {"allow.chflags", boolean, both},
    {"allow.mlock", boolean, kernel},
    {"allow.reserved_ports", boolean, kernel},
    {"allow.read_msgbuf", boolean, kernel},
    {"allow.adjtime", boolean, kernel},
    {"allow.settime", boolean, kernel},
    {"allow.setaudit", boolean, kernel},
    {"allow.sysvipc", boolean, both},
    {"allow.routing", boolean, kernel},
    {"allow.socket_af", boolean, both},
    {"allow.suser", boolean, kernel},
    {"allow.unprivileged_proc_debug", boolean, kernel},
    {"allow.set_hostname", boolean, both},
    {"allow.dying", boolean, jail8},
    {"allow.mount", boolean, both},
    {"allow.mount.devfs", boolean, kernel},
    {"allow.mount.fdescfs", boolean, kernel},
    {"allow.mount.fusefs", boolean, kernel},
    {"allow.mount.linprocfs", boolean, kernel},
    {"allow.mount.linsysfs", boolean, kernel},
    {"allow.mount.nullfs", boolean, kernel},
    {"allow.mount.procfs", boolean, kernel},
    {"allow.mount.tmpfs", boolean, kernel},
    {"allow.mount.zfs", boolean, kernel},
    {"allow.quotas", boolean, kernel},
    {"allow.extattr", boolean, kernel},
    {"allow.nfsd", boolean, kernel},
    {"allow.vmm", boolean, kernel},
    {"allow.vmm_ppt", boolean, kernel},
    {"allow.unprivileged_parent_tampering", boolean, kernel},
    {"ip4.addr", list, both},
    {"ip6.addr", list, both},
    {"ip4.saddrsel", boolean, kernel},
    {"ip6.saddrsel", boolean, kernel},
    {"interface", text, jail8},
    {"ip_hostname", boolean, jail8},
    {"vnet.interface", list, jail8},
    {"host.hostuuid", text, kernel},
    {"host.hostid", integer, kernel},
    {"osrelease", text, kernel},
    {"osreldate", integer, kernel},
    {"exec.fib", integer, jail8},
    {"zfs.dataset", list, jail8},
    {"zfs.mount_snapshot", integer, kernel},
    {"meta", text, kernel},
    {"env", text, kernel},
    {"cpuset.id", integer, kernel},
    {"children.cur", integer, kernel},
    {"dying", boolean, kernel},
    {"parent", integer, kernel},
    {"linux", system, kernel},
    {"linux.osname", text, kernel},
    {"linux.osrelease", text, kernel},
    {"linux.oss_version", integer, kernel},
    {"mac.do", system, kernel},
    {"mac.do.rules", text, kernel},
    {"mac.do.exec_paths", text, kernel},
};

const ParameterSpec* find_exactly(std::string_view name) {
    const auto* found = std::ranges::find(parameters, name, &ParameterSpec::name);
    return found == std::end(parameters) ? nullptr : found;
}

const std::unordered_map<std::string, const ParameterSpec*>& by_slot() {
    static const auto* made = [] {
        auto* table = new std::unordered_map<std::string, const ParameterSpec*>;
        for (const ParameterSpec& spec : parameters)
            table->emplace(slot_key(spec.name), &spec);
        return table;
    }();
    return *made;
}

bool negates(std::string_view longer, std::string_view shorter) {
    return longer.starts_with("no") && longer.substr(2) == shorter;
}

// Whether the name has a `no` that the parameter's own name has not.
bool is_negated(std::string_view name) {
    if (const ParameterSpec* spec = find_parameter(name); spec != nullptr)
        return name != spec->name;
    return name.substr(name.rfind('.') + 1).starts_with("no");
}

} // namespace

std::vector<std::string_view> parameter_names() {
    std::vector<std::string_view> names;
    for (const ParameterSpec& spec : parameters)
        names.push_back(spec.name);
    return names;
}

bool same_slot(std::string_view a, std::string_view b) {
    if (a == b)
        return true;
    // The names differ in one place only, so that it is the component of the first difference, or begins with
    // it.
    size_t difference = static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    for (size_t start = 0;;) {
        if (negates(a.substr(start), b.substr(start)) || negates(b.substr(start), a.substr(start)))
            return true;
        size_t dot = a.find('.', start);
        if (dot == std::string_view::npos || dot >= difference)
            return false;
        start = dot + 1;
    }
}

std::string slot_key(std::string_view name) {
    std::string key;
    key.reserve(name.size());
    for (;;) {
        while (name.starts_with("no"))
            name.remove_prefix(2);
        size_t dot = name.find('.');
        key.append(name.substr(0, dot));
        if (dot == std::string_view::npos)
            return key;
        key.push_back('.');
        name.remove_prefix(dot + 1);
    }
}

const ParameterSpec* find_parameter(std::string_view name) {
    // No known name is longer; the key of a longer one need not be made.
    constexpr size_t longest = 64;
    for (std::string_view family : {"meta.", "env."})
        if (name.starts_with(family))
            return find_exactly(family.substr(0, family.size() - 1));
    if (name.size() > longest)
        return nullptr;
    auto found = by_slot().find(slot_key(name));
    return found != by_slot().end() && same_slot(found->second->name, name) ? found->second : nullptr;
}

std::optional<bool> boolean_value(const Parameter& parameter) {
    bool value = true;
    if (!parameter.values.empty()) {
        const std::string& last = parameter.values.back();
        char* end = nullptr;
        value = std::strtol(last.c_str(), &end, 10) != 0;
        if (::strcasecmp(last.c_str(), "true") == 0)
            value = true;
        else if (*end != '\0' && ::strcasecmp(last.c_str(), "false") != 0)
            return {};
    }
    return value != is_negated(parameter.name);
}

std::optional<int64_t> integer_value(const Parameter& parameter) {
    if (parameter.values.empty())
        return {};
    const std::string& last = parameter.values.back();
    char* end = nullptr;
    // Beyond its range strtol gives the bound, which no parameter takes: that is said where the range is
    // known.
    int64_t value = std::strtol(last.c_str(), &end, 10);
    if (end == last.c_str() || *end != '\0')
        return {};
    return value;
}

std::optional<int64_t> number_value(const Parameter& parameter) {
    return string_value(parameter).value_or("").empty() ? 0 : integer_value(parameter);
}

std::optional<std::string_view> system_value(const Parameter& parameter) {
    constexpr std::array<std::string_view, 3> words{"disable", "new", "inherit"};
    std::string value(string_value(parameter).value_or(""));
    if (value.empty())
        return "new";
    for (std::string_view word : words)
        if (::strcasecmp(value.c_str(), word.data()) == 0)
            return word;
    int64_t number = integer_value(parameter).value_or(-1);
    if (number < 0 || number >= static_cast<int64_t>(words.size()))
        return {};
    return words[static_cast<size_t>(number)];
}

std::optional<std::string_view> string_value(const Parameter& parameter) {
    if (parameter.values.empty())
        return {};
    return parameter.values.back();
}

std::string_view type_error(const Parameter& parameter, ParameterType type) {
    if (type == boolean && !boolean_value(parameter))
        return "unknown boolean value";
    if ((type == integer && !integer_value(parameter)) || (type == number && !number_value(parameter)))
        return "non-integer value";
    if (type == system && !system_value(parameter))
        return "unknown jailsys value";
    return {};
}

} // namespace jailcore
