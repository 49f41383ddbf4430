// What is wrong with a jail's /dev, from what was found there from the host's side and from inside. Pure.
// devfs(5), devfs(8); sys/fs/devfs: a mount shows what its ruleset says; one with a ruleset that the kernel
// does not have shows everything.
#pragma once

#include "jailcore/enter/check_report.hpp"

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace jailcore {

inline constexpr uint16_t usual_ruleset = 4; // devfsrules_jail of /etc/defaults/devfs.rules

enum class NodeLook : uint8_t { absent, device, other };

// From inside the jail.
struct InsideDev {
    int32_t allocation_error = 0; // errno of posix_openpt(2)
    int32_t terminal_error = 0;   // of opening what it has made, by its name
    uint8_t is_terminal = 0;      // that is the terminal which was made
    uint8_t is_alive = 0;         // and its size and an echo come through
    NodeLook null = NodeLook::absent;
    NodeLook ptmx = NodeLook::absent;
    uint16_t null_mode = 0; // permission bits
    uint16_t reserved = 0;
    uint64_t root_device = 0, root_inode = 0; // of its root directory
    char exposed[64]{}; // the first name that shows the host's memory or disks; "": none
};
static_assert(std::is_trivially_copyable_v<InsideDev>);

struct DevfsFacts {
    bool host_root = false;   // its root is the host's, so that its /dev is as it should be
    bool dev = false;         // there is a directory /dev
    bool dev_mounted = false; // with a file system of its own
    std::string dev_type;     // of that
    bool dev_devfs = false;   // a devfs that is mounted there and nowhere else
    bool dev_host = false;    // it is the host's own, seen through another mount
    bool linux_root = false;  // its programs are Linux's, which make terminals by /dev/ptmx
    uint16_t ruleset = 0;     // devfs_ruleset of the jail; 0: none
    bool has_ruleset = false; // the kernel has that
    bool has_usual = false;   // the kernel has usual_ruleset
    bool own_applied = false; // a mend has given its own ruleset to /dev already
    InsideDev inside;
};

enum class DevfsMend { none, mount, apply };

struct DevfsFinding {
    CheckFinding finding;
    DevfsMend by = DevfsMend::none;
};

// The ruleset that a mend gives to /dev.
uint16_t ruleset_to_apply(const DevfsFacts& facts);

// In the order in which they are to be mended. Empty: all is well.
std::vector<DevfsFinding> judge_devfs(const DevfsFacts& facts);

} // namespace jailcore
