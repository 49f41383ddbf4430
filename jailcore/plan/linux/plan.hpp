// What to do to start and to stop one jail: its parameters, checked as a whole, in the terms of the steps.
// Pure.
#pragma once

#include "jailcore/plan/jail_configuration.hpp"
#include "jailcore/plan/linux/mount_plan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace jailcore {

enum Namespaces : uint32_t {
    namespace_fs = 1,
    namespace_ipc = 2,
    namespace_pid = 4,
    namespace_uts = 8,
    namespace_net = 16,
    namespace_user = 32,
    namespace_cgroup = 64,
    namespace_time = 128,
};

// What a program in the jail may do beyond, or less than, the default.
enum Permissions : uint32_t {
    may_raw_sockets = 1,
    may_chflags = 2,
    may_mlock = 4,
    may_reserved_ports = 8, // on by default
    may_read_msgbuf = 16,
    may_set_time = 32,
    may_setaudit = 64,
    may_configure_network = 128, // on in a jail with a network of its own
};

// System calls that the jail's filter refuses.
enum Filtered : uint32_t {
    filter_namespaces = 1, // children.max = 0: no namespace, hence no jail within the jail
    filter_sysvmsg = 2,
    filter_sysvsem = 4,
    filter_sysvshm = 8,
    filter_tracing = 16,           // no pid namespace: it sees the host's processes
    filter_cgroup_namespaces = 32, // on a host with cgroups of version 1
    filter_joining_users = 64,     // no user namespace: its root would own those of other jails
};

struct Hooks {
    std::vector<std::string> prepare, prestart, created, start, command, poststart;
    std::vector<std::string> prestop, stop, poststop, release;
    bool clean = false;
    bool system_jail_user = false; // the jail user is looked up in the host's passwd
    std::string jail_user;         // "": the superuser
    std::string system_user;       // "": whoever starts the jail
    std::string console_log;       // absolute path of the host's; "": none
    int64_t timeout = 0;           // seconds for one command; 0: none
};

struct Plan {
    std::string name;
    uint32_t jid = 0; // 0: the router chooses
    std::string path = "/";
    std::optional<std::string> hostname, domainname; // nothing: left as the host's
    bool persist = false;
    uint32_t children_max = 0;
    int64_t pids_max = 2048;          // processes and threads; 0: no limit
    bool pids_max_asked = false;      // it was given, so that a jail without it is not what was asked for
    uint32_t namespaces = 0;          // Namespaces
    uint32_t permissions = 0;         // Permissions
    uint32_t filtered = 0;            // Filtered
    std::vector<PlannedMount> mounts; // in order
    std::vector<std::string> depend;
    Hooks hooks;
    int64_t stop_timeout = 10; // seconds; 0: no SIGTERM
    bool repair = false;
    bool allow_host_pty = false;
    bool no_new_privs = false;
};

// The one of Permissions that a parameter gives, 0 for all others.
uint32_t permission_of(std::string_view parameter);

// The names of a set of Namespaces, as linux.namespaces has them.
std::vector<std::string> namespace_list(uint32_t namespaces);

// The plan, or everything that is wrong, in jail(8)'s words and without the jail's name. `root`: whether the
// starter is the superuser, for whom a user namespace is a choice.
std::variant<Plan, std::vector<std::string>> make_plan(const JailConfiguration& jail, bool root);

} // namespace jailcore
