// As jailcore/contract/record.hpp: with what Linux does not tell of a jail once it runs.
#pragma once

#include "jailcore/contract/record.hpp"

#include <bit>

namespace jailcore {

// Further JailFlags.
inline constexpr uint32_t jail_own_pid_namespace = 2;
inline constexpr uint32_t jail_own_user_namespace = 8;
inline constexpr uint32_t jail_own_mount_namespace = 16;
inline constexpr uint32_t jail_no_new_privs = 512; // linux.no_new_privs

// JailRecord::system.
struct LinuxJail {
    uint64_t pid_namespace = 0; // inode of jinit's pid namespace (/proc/PID/ns/pid), 0: the host's
    uint32_t namespaces = 0;    // Namespaces of jailcore/plan/linux/plan.hpp: its own
    uint32_t permissions = 0;   // Permissions, likewise
    uint32_t filtered = 0;      // Filtered, likewise
    uint32_t children_max = 0;  // as the configuration has it
};

inline LinuxJail linux_of(const JailRecord& record) {
    return std::bit_cast<LinuxJail>(record.system);
}

inline void set_linux(JailRecord& record, const LinuxJail& jail) {
    record.system = std::bit_cast<decltype(record.system)>(jail);
}

static_assert(std::has_unique_object_representations_v<LinuxJail>); // as JailRecord

} // namespace jailcore
