// A running jail, as the monitor keeps it, writes it to its state directory, and hands it to helpers (an
// array of these in a sealed memfd). Fixed layout: the monitor never parses.
#pragma once

#include "jailcore/report.hpp"

#include <cstdint>

namespace jailcore {

enum JailFlags : uint32_t {
    jail_persist = 1,
    jail_own_pid_namespace = 2,
    jail_own_network = 4,
    jail_own_user_namespace = 8,
    jail_own_mount_namespace = 16,
    jail_starting = 32, // created, and its starter has not finished yet
    jail_stopping = 64,
    jail_repair = 128,       // repair = auto
    jail_host_pty = 256,     // allow.host_pty
    jail_no_new_privs = 512, // linux.no_new_privs
    jail_devfs = 1024,       // it has the devices of mount.devfs
};

struct JailRecord {
    uint32_t version = 2;
    uint32_t jid = 0;
    int32_t pid = 0;         // of jinit, in the monitor's pid namespace
    uint32_t flags = 0;      // JailFlags
    uint64_t start_time = 0; // of jinit: /proc/PID/stat field 22, clock ticks since boot; tells a reused pid
    uint64_t created = 0;    // seconds since the epoch
    uint64_t pid_namespace = 0; // inode of jinit's pid namespace (/proc/PID/ns/pid), 0: the host's
    uint32_t namespaces = 0;    // Namespaces of jailcore/plan.hpp: its own
    uint32_t permissions = 0;   // Permissions, likewise
    uint32_t filtered = 0;      // Filtered, likewise
    uint32_t children_max = 0;  // as the configuration has it
    char name[256]{};
    char hostname[256]{}; // the host's where it has none of its own; so is the domain name
    char domainname[256]{};
    char osrelease[64]{}; // of the kernel that it was started on
    char path[1024]{};
    char cgroup[512]{}; // directory of its cgroup below the v2 mount, absolute host path; "": none
};

// A console session, as the monitor hands it to `jreader sessions`, `ps` and `top` (an array in a sealed
// memfd).
struct SessionRecord {
    uint32_t version = 3;
    uint32_t number = 0;   // the N of `jail:N`
    int32_t leader = 0;    // pid of the session's leader, in the monitor's pid namespace
    uint32_t terminal = 0; // 1: a pty; 0: pipes
    uint64_t created = 0;  // seconds since the epoch
    uint32_t owner = 0;    // uid of the client
    uint32_t attached = 0; // 1: a client is connected
    uint32_t rows = 0;     // of its terminal; 0: pipes
    uint32_t columns = 0;
    uint64_t output = 0; // bytes that its terminal has shown; 0: pipes
    char jail[256]{};    // name, or `pid:N`
};

} // namespace jailcore
