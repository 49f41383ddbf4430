#include "jailcore/plan/linux/plan.hpp"

#include "jailcore/plan/fstab.hpp"
#include "jailcore/plan/linux/refused.hpp"
#include "jailcore/plan/linux/settings.hpp"
#include "jailcore/plan/start_errors.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>

namespace jailcore {
namespace {

constexpr size_t longest_hostname = 64; // uname(2): __NEW_UTS_LEN
constexpr int64_t largest_jid = 999999; // FreeBSD's JAIL_MAX
constexpr int64_t most_pids = 4194304;  // Linux's PID_MAX_LIMIT
constexpr int64_t longest_timeout = 1000000000;
// Of the 3072 that Linux has for all that is not the host's (kernel.pty.max less kernel.pty.reserve).
constexpr int64_t default_pty_max = 256;
constexpr int64_t largest_pty_max = 1 << 20; // include/linux/tty_driver.h: as many as have a device number
constexpr std::string_view default_shm_size = "256m";

struct NamedBit {
    std::string_view name;
    uint32_t bit;
};

constexpr std::array<NamedBit, 8> namespace_names{{{"fs", namespace_fs},
                                                   {"ipc", namespace_ipc},
                                                   {"pid", namespace_pid},
                                                   {"uts", namespace_uts},
                                                   {"net", namespace_net},
                                                   {"user", namespace_user},
                                                   {"cgroup", namespace_cgroup},
                                                   {"time", namespace_time}}};

constexpr std::array<NamedBit, 8> permission_names{{{"allow.raw_sockets", may_raw_sockets},
                                                    {"allow.chflags", may_chflags},
                                                    {"allow.mlock", may_mlock},
                                                    {"allow.read_msgbuf", may_read_msgbuf},
                                                    {"allow.adjtime", may_set_time},
                                                    {"allow.settime", may_set_time},
                                                    {"allow.setaudit", may_setaudit},
                                                    {"allow.routing", may_configure_network}}};

// What the kernel asks for in the first user namespace only (capable(), include/linux/capability.h).
constexpr uint32_t only_without_user_namespace =
    may_chflags | may_mlock | may_read_msgbuf | may_set_time | may_setaudit;
// What it asks for in the user namespace that owns the network.
constexpr uint32_t only_over_own_network = may_raw_sockets | may_configure_network;

constexpr std::array<NamedBit, 3> ipc_names{
    {{"sysvmsg", filter_sysvmsg}, {"sysvsem", filter_sysvsem}, {"sysvshm", filter_sysvshm}}};

class Planner {
public:
    Planner(const JailConfiguration& jail, bool root)
        : jail_(jail), root_(root), errors_(jail.errors), settings_(jail.parameters, errors_) {}

    std::variant<Plan, std::vector<std::string>> make() {
        if (has_loop()) // nobody knows what goes through it
            return errors_;
        plan_.name = jail_.name;
        plan_identity();
        plan_namespaces();
        plan_ipc();
        plan_network();
        plan_names();
        plan_limits();
        plan_permissions();
        plan_mounts();
        plan_hooks();
        plan_entering();
        if (!errors_.empty())
            return errors_;
        return plan_;
    }

private:
    void refuse(std::string_view parameter, std::string_view reason) {
        errors_.push_back(refusal(parameter, reason));
    }
    [[nodiscard]] bool has(uint32_t space) const { return (plan_.namespaces & space) != 0; }
    // And no name that is none may have been meant for it.
    [[nodiscard]] bool lacks(uint32_t space) const { return !has(space) && namespaces_known_; }
    [[nodiscard]] bool has_loop() const {
        return std::ranges::any_of(jail_.errors, [](const std::string& error) {
            return error.ends_with(": variable loop");
        });
    }
    int64_t bounded(std::string_view name, int64_t otherwise, int64_t least, int64_t most) {
        int64_t number = settings_.integer(name, otherwise);
        if (number < least || number > most)
            errors_.push_back(std::string(name) + ": " + std::to_string(number) + " is out of range");
        return number;
    }

    void plan_identity();
    void plan_namespaces();
    void plan_ipc();
    void plan_network();
    void plan_names();
    void plan_limits();
    void plan_permissions();
    void expect_permission(std::string_view parameter, uint32_t permission);
    void plan_mounts();
    void add_mount(const MountLine& line);
    void expect_namespace(const PlannedMount& mount);
    void plan_devices();
    void plan_hooks();
    void plan_entering();

    const JailConfiguration& jail_;
    bool root_;
    std::vector<std::string> errors_;
    Settings settings_;
    bool namespaces_known_ = true;
    Plan plan_;
};

void Planner::plan_identity() {
    // jail(8) lets a block be renamed; here that name is what every verb, session and record goes by.
    if (std::string name = settings_.text("name", jail_.name); name != jail_.name)
        errors_.push_back("name " + name + ": a jail has the name of its block; call the block " + name +
                          ", with jid = N for a number");
    if (settings_.has("jid"))
        plan_.jid = static_cast<uint32_t>(bounded("jid", 0, 1, largest_jid));
    plan_.persist = settings_.flag("persist");
    plan_.depend = settings_.list("depend");
    plan_.path = settings_.text("path", "/");
    if (!plan_.path.starts_with('/'))
        errors_.push_back("path " + plan_.path + ": not an absolute pathname");
    // A jail that nothing keeps: jail_set(2) refuses it.
    if (!plan_.persist && settings_.list("exec.start").empty() && settings_.list("command").empty() &&
        settings_.list("exec.poststart").empty() &&
        settings_.sound({"persist", "exec.start", "command", "exec.poststart"}))
        errors_.emplace_back("new jail must persist or attach");
}

void Planner::plan_namespaces() {
    if (!settings_.has("linux.namespaces")) {
        plan_.namespaces = namespace_fs | namespace_ipc | namespace_pid | namespace_uts | namespace_cgroup;
        if (settings_.text("vnet", "inherit") == "new")
            plan_.namespaces |= namespace_net;
        if (settings_.text("host", "new") == "inherit")
            plan_.namespaces &= ~uint32_t{namespace_uts};
    }
    for (const std::string& name : settings_.list("linux.namespaces")) {
        const auto* found = std::ranges::find(namespace_names, name, &NamedBit::name);
        namespaces_known_ &= found != namespace_names.end();
        if (found == namespace_names.end())
            errors_.push_back("linux.namespaces: unknown namespace \"" + name + "\"");
        else
            plan_.namespaces |= found->bit;
    }
    // Without privileges every other namespace needs one of these around it (user_namespaces(7)). To a
    // network that the first one owns CAP_NET_ADMIN would be power over the host's network as well, as soon
    // as the jail can name that (rtnetlink(7), IFLA_LINK_NETNSID).
    if (!root_ || has(namespace_net))
        plan_.namespaces |= namespace_user;
    if (lacks(namespace_fs) && plan_.path != "/")
        refuse("path", "without fs in linux.namespaces the jail has the host's files");
}

void Planner::plan_ipc() {
    // What is said of one of them counts more than what is said of all.
    const char* otherwise = settings_.flag("allow.sysvipc") ? "inherit" : "";
    bool inherited = false;
    bool anew = false;
    for (const auto& [name, filter] : ipc_names) {
        std::string value = settings_.text(name, otherwise);
        inherited |= value == "inherit";
        anew |= value == "new";
        if (value == "disable")
            plan_.filtered |= filter;
    }
    if (inherited && anew) {
        if (settings_.sound({"sysvmsg", "sysvsem", "sysvshm", "allow.sysvipc"}))
            refuse("sysvmsg, sysvsem, sysvshm",
                   "one namespace holds all three: new cannot stand beside inherit");
    } else if (inherited && settings_.has("linux.namespaces") && has(namespace_ipc)) {
        errors_.emplace_back("linux.namespaces: ipc contradicts inherited System V IPC");
    } else if (inherited) {
        plan_.namespaces &= ~uint32_t{namespace_ipc};
    } else if (anew && lacks(namespace_ipc)) {
        errors_.emplace_back("linux.namespaces: System V IPC of the jail's own needs ipc");
    }
}

void Planner::plan_network() {
    std::string vnet = settings_.text("vnet");
    if (vnet == "disable")
        errors_.emplace_back("vnet: unknown jailsys value \"disable\"");
    if (vnet == "new" && lacks(namespace_net))
        errors_.emplace_back("linux.namespaces: vnet needs net");
    if (vnet == "inherit" && has(namespace_net))
        errors_.emplace_back("linux.namespaces: net contradicts vnet = inherit");
    for (std::string_view family : {"ip4", "ip6"}) {
        std::string value = settings_.text(family);
        if (value == "inherit" && has(namespace_net))
            refuse(family, "a jail with a network of its own does not have the host's addresses");
        else if (value == "new" || value == "disable")
            refuse(family, has(namespace_net)
                               ? "with vnet the jail has a network stack of its own; leave it out"
                               : "one network stack cannot be divided by address; use vnet, or inherit");
    }
}

void Planner::plan_names() {
    for (const auto& [parameter, name] :
         {std::pair("host.hostname", &plan_.hostname), std::pair("host.domainname", &plan_.domainname)}) {
        std::string value = settings_.text(parameter);
        if (value.size() > longest_hostname)
            errors_.push_back(std::string(parameter) + ": longer than 64 bytes, Linux's limit");
        else if (!value.empty() && lacks(namespace_uts))
            refuse(parameter, "without a uts namespace it would name the host");
        else if (settings_.has(parameter) && has(namespace_uts))
            *name = value;
    }
    if (settings_.text("host") == "disable")
        errors_.emplace_back("host: unknown jailsys value \"disable\"");
    if (settings_.text("host") == "new" && lacks(namespace_uts))
        errors_.emplace_back("linux.namespaces: host = new needs uts");
}

void Planner::plan_limits() {
    if (settings_.integer("securelevel", -1) > 0)
        refuse("securelevel", "above 0 nothing in Linux corresponds to it");
    int64_t statfs = bounded("enforce_statfs", 2, 0, 2);
    if (statfs == 0)
        refuse("enforce_statfs", "a jail never sees the host's mounts");
    if (settings_.integer("devfs_ruleset", 4) != 4)
        refuse("devfs_ruleset", "mount.devfs makes the devices of ruleset 4 and no others");
    plan_.children_max = static_cast<uint32_t>(bounded("children.max", 0, 0, largest_jid));
    if (plan_.children_max == 0)
        plan_.filtered |= filter_namespaces;
    if (!has(namespace_pid))
        plan_.filtered |= filter_tracing;
    if (!has(namespace_user))
        plan_.filtered |= filter_joining_users;
    plan_.pids_max = bounded("linux.pids_max", plan_.pids_max, 0, most_pids);
    plan_.pids_max_asked = settings_.has("linux.pids_max") && plan_.pids_max != 0;
}

// A capability holds for what the jail's user namespace owns.
void Planner::expect_permission(std::string_view parameter, uint32_t permission) {
    if (!has(namespace_user))
        return;
    const char* who = !root_               ? "a jail of an ordinary user's has"
                      : has(namespace_net) ? "a jail with a network of its own has"
                                           : "this jail has";
    if ((permission & only_without_user_namespace) != 0)
        refuse(parameter, std::string("the kernel grants it in no user namespace, which ") + who);
    else if ((permission & only_over_own_network) != 0 && lacks(namespace_net))
        refuse(parameter, std::string("in a user namespace, which ") + who +
                              ", the kernel grants it over a network of its own only: vnet");
}

void Planner::plan_permissions() {
    for (const auto& [name, permission] : permission_names)
        if (settings_.flag(name)) {
            expect_permission(name, permission);
            plan_.permissions |= permission;
        }
    if (settings_.flag("allow.reserved_ports", true))
        plan_.permissions |= may_reserved_ports;
    if (has(namespace_net))
        plan_.permissions |= may_configure_network;
}

void Planner::add_mount(const MountLine& line) {
    auto mount = plan_mount(line);
    if (auto* error = std::get_if<std::string>(&mount)) {
        errors_.push_back(*error);
        return;
    }
    plan_.mounts.push_back(std::get<PlannedMount>(mount));
    expect_namespace(plan_.mounts.back());
}

// What shows a namespace must not show the host's.
void Planner::expect_namespace(const PlannedMount& mount) {
    for (auto [kind, space, name] : {std::tuple(MountKind::cgroups, namespace_cgroup, "cgroup"),
                                     {MountKind::queues, namespace_ipc, "ipc"}})
        if (mount.kind == kind && !has(space))
            errors_.push_back(mount.parameter + ": " + mount.point + ": " +
                              refusal(mount.type, std::string("without a namespace of its own (") + name +
                                                      ") the jail would be shown the host's"));
}

// A tmpfs takes 0 as without limit.
bool is_size(std::string_view text) {
    if (text.ends_with('k') || text.ends_with('m') || text.ends_with('g'))
        text.remove_suffix(1);
    return !text.empty() && text.size() <= 12 &&
           text.find_first_not_of("0123456789") == std::string_view::npos &&
           text.find_first_not_of('0') != std::string_view::npos;
}

void Planner::plan_devices() {
    auto pty_max = static_cast<uint32_t>(bounded("linux.pty_max", default_pty_max, 1, largest_pty_max));
    std::string shm_size = settings_.text("linux.shm_size", default_shm_size);
    if (!is_size(shm_size))
        errors_.push_back("linux.shm_size: \"" + shm_size + "\" is no size, such as 512m");
    for (PlannedMount& mount : plan_.mounts) {
        if (mount.kind != MountKind::devices)
            continue;
        mount.pty_max = pty_max;
        mount.shm_size = shm_size;
    }
}

void Planner::plan_mounts() {
    for (const std::string& value : settings_.list("mount")) {
        auto line = parse_fstab_line(value);
        if (auto* error = std::get_if<FstabError>(&line))
            errors_.push_back("mount: " + error->text);
        else if (auto* entry = std::get_if<FstabEntry>(&line))
            add_mount({"mount", entry->spec, entry->file, entry->vfstype, entry->options});
    }
    for (const FstabEntry& entry : jail_.fstab)
        add_mount({"mount.fstab: " + entry.source + " line " + std::to_string(entry.line), entry.spec,
                   entry.file, entry.vfstype, entry.options});
    std::string root = plan_.path;
    while (root.ends_with('/'))
        root.pop_back();
    if (settings_.flag("mount.devfs"))
        add_mount({"mount.devfs", "devfs", root + "/dev", "devfs", {}});
    if (settings_.flag("mount.fdescfs"))
        add_mount({"mount.fdescfs", "fdescfs", root + "/dev/fd", "fdescfs", {}});
    if (settings_.flag("mount.procfs"))
        add_mount({"mount.procfs", "procfs", root + "/proc", "procfs", {}});
    plan_devices();
    if (!plan_.mounts.empty() && lacks(namespace_fs))
        refuse(plan_.mounts.front().parameter,
               "without fs in linux.namespaces it would be mounted on the host");
}

void Planner::plan_hooks() {
    Hooks& hooks = plan_.hooks;
    hooks.prepare = settings_.list("exec.prepare");
    hooks.prestart = settings_.list("exec.prestart");
    hooks.created = settings_.list("exec.created");
    hooks.start = settings_.list("exec.start");
    hooks.command = settings_.list("command");
    hooks.poststart = settings_.list("exec.poststart");
    hooks.prestop = settings_.list("exec.prestop");
    hooks.stop = settings_.list("exec.stop");
    hooks.poststop = settings_.list("exec.poststop");
    hooks.release = settings_.list("exec.release");
    hooks.clean = settings_.flag("exec.clean");
    hooks.system_jail_user = settings_.flag("exec.system_jail_user");
    hooks.jail_user = settings_.text("exec.jail_user");
    hooks.system_user = settings_.text("exec.system_user");
    hooks.console_log = settings_.text("exec.consolelog");
    hooks.timeout = bounded("exec.timeout", 0, 0, longest_timeout);
    plan_.stop_timeout = bounded("stop.timeout", 10, 0, longest_timeout);
    if (!hooks.console_log.empty() && !hooks.console_log.starts_with('/'))
        errors_.push_back("exec.consolelog: " + hooks.console_log + ": not an absolute pathname");
}

void Planner::plan_entering() {
    std::string repair = settings_.text("repair", "never");
    if (repair != "never" && repair != "auto")
        errors_.push_back("repair: \"" + repair + "\" is neither never nor auto");
    plan_.repair = repair == "auto";
    plan_.allow_host_pty = settings_.flag("allow.host_pty");
    plan_.no_new_privs = settings_.flag("linux.no_new_privs");
}

} // namespace

uint32_t permission_of(std::string_view parameter) {
    if (parameter == "allow.reserved_ports")
        return may_reserved_ports;
    const auto* found = std::ranges::find(permission_names, parameter, &NamedBit::name);
    return found == permission_names.end() ? 0 : found->bit;
}

std::vector<std::string> namespace_list(uint32_t namespaces) {
    std::vector<std::string> list;
    for (const NamedBit& space : namespace_names)
        if ((namespaces & space.bit) != 0)
            list.emplace_back(space.name);
    return list;
}

std::variant<Plan, std::vector<std::string>> make_plan(const JailConfiguration& jail, bool root) {
    return Planner(jail, root).make();
}

std::vector<std::string> start_errors(const JailConfiguration& jail, bool root) {
    auto made = make_plan(jail, root);
    auto* errors = std::get_if<std::vector<std::string>>(&made);
    return errors != nullptr ? std::move(*errors) : std::vector<std::string>();
}

} // namespace jailcore
