// /proc/PID/mountinfo (proc(5)), and what filesystem a descriptor lies on, told without entering the
// filesystem: one whose server never answers (FUSE) would keep us for ever.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace jailcore {

struct Mount {
    uint64_t id = 0;
    dev_t device = 0;
    std::string root;          // what of the filesystem is mounted
    std::string point;         // where, below the reader's root
    std::string options;       // of the mount
    std::string type;          // "fuse.sshfs" as "fuse"
    std::string super_options; // of the filesystem
    [[nodiscard]] bool has_option(std::string_view name) const;
    [[nodiscard]] bool has_super_option(std::string_view name) const;
};

// Lines that are not well formed are passed over.
std::vector<Mount> parse_mountinfo(std::string_view text);

// The filesystem of an O_PATH descriptor.
struct Filesystem {
    uint64_t mount = 0; // its mount's id: differs between two mounts of one filesystem
    dev_t device = 0;
    std::string type;
    bool nodev = false;
    bool read_only = false; // the mount, or the filesystem itself
    bool operator==(const Filesystem&) const = default;
};

// Never blocks. `self` is /proc/self of the host's proc: the jail's own may be anything. Throws StepError.
Filesystem filesystem_of(int fd, int self);

} // namespace jailcore
