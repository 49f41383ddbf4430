#include "jailcore/plan/linux/refused.hpp"

#include <algorithm>

namespace jailcore {
namespace {

using enum Refused;

constexpr std::string_view address_reason = "one network stack cannot be divided by address; leave it out: "
                                            "with vnet the jail has a stack of its own, "
                                            "without it the host's";
constexpr std::string_view mount_reason = "mounting needs CAP_SYS_ADMIN, which would undo the jail";
constexpr std::string_view emulation_reason = "it describes FreeBSD's emulation of Linux";
constexpr std::string_view read_only_reason = "it can only be read";

constexpr RefusedParameter refused_parameters[] = {
    {"allow.socket_af", when_false, "no filter of socket families is made"},
    {"allow.suser", when_false, "a superuser without privileges is not made"},
    {"allow.unprivileged_proc_debug", when_false, "no filter of ptrace is made"},
    {"allow.set_hostname", when_true, "sethostname needs CAP_SYS_ADMIN, which would undo the jail"},
    {"allow.dying", when_true, "a Linux jail is never dying: its name is free once it is removed"},
    {"allow.mount", when_true, mount_reason},
    {"allow.mount.devfs", when_true, mount_reason},
    {"allow.mount.fdescfs", when_true, mount_reason},
    {"allow.mount.fusefs", when_true, mount_reason},
    {"allow.mount.linprocfs", when_true, mount_reason},
    {"allow.mount.linsysfs", when_true, mount_reason},
    {"allow.mount.nullfs", when_true, mount_reason},
    {"allow.mount.procfs", when_true, mount_reason},
    {"allow.mount.tmpfs", when_true, mount_reason},
    {"allow.mount.zfs", when_true, mount_reason},
    {"allow.quotas", when_true, "quotactl needs CAP_SYS_ADMIN, which would undo the jail"},
    {"allow.extattr", when_true, "system attributes need CAP_SYS_ADMIN, which would undo the jail"},
    {"allow.nfsd", when_true, "the kernel's NFS server is not divided into jails"},
    {"allow.vmm", when_true, "bhyve is FreeBSD's"},
    {"allow.vmm_ppt", when_true, "bhyve is FreeBSD's"},
    {"allow.unprivileged_parent_tampering", when_true,
     "an unprivileged user of the host can never reach into a jail's mounts"},
    {"ip4.addr", always, address_reason},
    {"ip6.addr", always, address_reason},
    {"ip4.saddrsel", always, address_reason},
    {"ip6.saddrsel", always, address_reason},
    {"interface", when_not_empty, address_reason},
    {"ip_hostname", when_true, address_reason},
    {"vnet.interface", when_not_empty,
     "interfaces are not moved; exec.created = 'ip link set IF netns $JPID' can move one"},
    {"host.hostuuid", always, "the UTS namespace has no such name"},
    {"host.hostid", always, "the UTS namespace has no such number"},
    {"osrelease", always, "the UTS namespace cannot change the kernel's release"},
    {"osreldate", always, "the UTS namespace cannot change the kernel's release"},
    {"exec.fib", always, "a routing table is not chosen by process"},
    {"zfs.dataset", when_not_empty, "a ZFS dataset is not attached"},
    {"zfs.mount_snapshot", always, "a ZFS dataset is not attached"},
    {"meta", always, "no program could read it"},
    {"env", always, "no program could read it"},
    {"cpuset.id", always, read_only_reason},
    {"children.cur", always, read_only_reason},
    {"dying", always, read_only_reason},
    {"parent", always, read_only_reason},
    {"linux", always, emulation_reason},
    {"linux.osname", always, emulation_reason},
    {"linux.osrelease", always, emulation_reason},
    {"linux.oss_version", always, emulation_reason},
    {"mac.do", always, "mac_do is FreeBSD's"},
    {"mac.do.rules", always, "mac_do is FreeBSD's"},
    {"mac.do.exec_paths", always, "mac_do is FreeBSD's"},
};

} // namespace

const RefusedParameter* find_refused(std::string_view name) {
    const auto* found = std::ranges::find(refused_parameters, name, &RefusedParameter::name);
    return found == std::end(refused_parameters) ? nullptr : found;
}

bool is_refused(const ParameterSpec& spec, const Parameter& parameter) {
    const RefusedParameter* refused = find_refused(spec.name);
    if (refused == nullptr)
        return false;
    bool truth = spec.type == ParameterType::boolean && boolean_value(parameter).value_or(false);
    switch (refused->when) {
    case always:
        return true;
    case when_true:
        return truth;
    case when_false:
        return !truth;
    case when_not_empty: // jail(8) skips empty strings
        return spec.type == ParameterType::list ? !std::ranges::all_of(parameter.values, &std::string::empty)
                                                : !string_value(parameter).value_or("").empty();
    }
    return true;
}

std::optional<bool> only_value(std::string_view parameter) {
    const RefusedParameter* refused = find_refused(parameter);
    const ParameterSpec* spec = find_parameter(parameter);
    if (refused == nullptr || spec == nullptr || spec->type != ParameterType::boolean ||
        (refused->when != when_true && refused->when != when_false))
        return {};
    return refused->when == when_false;
}

std::string refusal(std::string_view parameter, std::string_view reason) {
    return std::string(parameter) + ": not supported on Linux (" + std::string(reason) + ")";
}

} // namespace jailcore
