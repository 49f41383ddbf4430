#include "jailcore/listing/jail_parameters.hpp"

#include "jailcore/contract/linux/record.hpp"
#include "jailcore/plan/linux/plan.hpp"
#include "jailcore/plan/linux/refused.hpp"
#include "jailcore/plan/parameters.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace jailcore {
namespace {

using Strings = std::vector<std::string>;

constexpr int64_t no_cpuset = -1;
constexpr int64_t not_raised = -1; // securelevel
constexpr int64_t own_mounts_only = 2;
constexpr int64_t devices_of_mount_devfs = 4;

bool has(const JailRecord& jail, uint32_t space) {
    return (linux_of(jail).namespaces & space) != 0;
}

std::string own_or_inherited(const JailRecord& jail, uint32_t space) {
    return has(jail, space) ? "new" : "inherit";
}

ParameterValue ipc(const JailRecord& jail, std::string_view name) {
    constexpr std::array<std::pair<std::string_view, uint32_t>, 3> filters{
        {{"sysvmsg", filter_sysvmsg}, {"sysvsem", filter_sysvsem}, {"sysvshm", filter_sysvshm}}};
    const auto* found = std::ranges::find(filters, name, &std::pair<std::string_view, uint32_t>::first);
    return (linux_of(jail).filtered & found->second) != 0 ? "disable" : own_or_inherited(jail, namespace_ipc);
}

ParameterValue network(const JailRecord& jail, std::string_view) {
    return own_or_inherited(jail, namespace_net);
}

ParameterValue permission(const JailRecord& jail, std::string_view name) {
    return (linux_of(jail).permissions & permission_of(name)) != 0;
}

ParameterValue constant(const JailRecord&, std::string_view name) {
    return only_value(name).value_or(false);
}

ParameterValue no_addresses(const JailRecord&, std::string_view) {
    return Strings();
}

ParameterValue zero(const JailRecord&, std::string_view) {
    return int64_t{0};
}

template <uint32_t flag>
ParameterValue flagged(const JailRecord& jail, std::string_view) {
    return (jail.flags & flag) != 0;
}

constexpr bool read_only = false;
constexpr bool writable = true;
constexpr bool plain = false;
constexpr bool system_wide = true;

const ListedParameter fixed_rows[] = {
    {"jid", writable, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return int64_t{jail.jid};
     }},
    {"name", writable, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return std::string(pty::get_text(jail.name));
     }},
    {"path", writable, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return std::string(pty::get_text(jail.path));
     }},
    {"host.hostname", writable, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return std::string(pty::get_text(jail.hostname));
     }},
    {"host.domainname", writable, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return std::string(pty::get_text(jail.domainname));
     }},
    {"host", writable, system_wide,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return own_or_inherited(jail, namespace_uts);
     }},
    {"linux.namespaces", writable, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return namespace_list(linux_of(jail).namespaces);
     }},
    {"linux.no_new_privs", writable, plain, flagged<jail_no_new_privs>},
    {"persist", writable, plain, flagged<jail_persist>},
    {"allow.host_pty", writable, plain, flagged<jail_host_pty>},
    {"repair", writable, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return (jail.flags & jail_repair) != 0 ? "auto" : "never";
     }},
    {"vnet", writable, system_wide, network},
    // What follows from vnet, and cannot be said beside it.
    {"ip4", read_only, system_wide, network},
    {"ip6", read_only, system_wide, network},
    {"ip4.addr", read_only, plain, no_addresses},
    {"ip6.addr", read_only, plain, no_addresses},
    {"sysvmsg", writable, system_wide, ipc},
    {"sysvsem", writable, system_wide, ipc},
    {"sysvshm", writable, system_wide, ipc},
    {"allow.sysvipc", writable, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return !has(jail, namespace_ipc);
     }},
    {"children.max", writable, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return int64_t{linux_of(jail).children_max};
     }},
    {"children.cur", read_only, plain, zero},
    {"parent", read_only, plain, zero},
    {"dying", read_only, plain,
     [](const JailRecord&, std::string_view) -> ParameterValue {
         return false;
     }},
    {"cpuset.id", read_only, plain,
     [](const JailRecord&, std::string_view) -> ParameterValue {
         return no_cpuset;
     }},
    {"securelevel", writable, plain,
     [](const JailRecord&, std::string_view) -> ParameterValue {
         return not_raised;
     }},
    {"enforce_statfs", read_only, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return has(jail, namespace_fs) ? own_mounts_only : 0;
     }},
    {"devfs_ruleset", read_only, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return (jail.flags & jail_devfs) != 0 ? devices_of_mount_devfs : 0;
     }},
    {"osrelease", read_only, plain,
     [](const JailRecord& jail, std::string_view) -> ParameterValue {
         return std::string(pty::get_text(jail.osrelease));
     }},
};

} // namespace

// Beside the rows above: every permission, with the one value that it has here or the jail's.
std::vector<ListedParameter> unsorted_parameters() {
    std::vector<ListedParameter> rows(std::begin(fixed_rows), std::end(fixed_rows));
    for (std::string_view name : parameter_names()) {
        // allow.dying is a wish of whoever starts the jail, not a property of it.
        if (!name.starts_with("allow.") || name == "allow.dying")
            continue;
        if (permission_of(name) != 0)
            rows.push_back({std::string(name), writable, plain, permission});
        else if (only_value(name))
            rows.push_back({std::string(name), writable, plain, constant});
    }
    return rows;
}

// None that is there is dying.
std::vector<JailRecord> listed_jails(const std::vector<JailRecord>& known, bool /*dying*/) {
    return known;
}

} // namespace jailcore
