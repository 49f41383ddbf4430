// Which jail a pid namespace belongs to: the jail that has it, or the nearest above it that has one, since
// one that a jail has made within itself is the jail's. pid_namespaces(7).
#pragma once

#include "jailcore/listing/linux/proc.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace jailcore {

class PidNamespaces {
public:
    // The namespace with that inode is that of the jail `index`.
    void add(uint64_t inode, size_t index) { jails_[inode] = index; }
    [[nodiscard]] bool empty() const { return jails_.empty(); }

    // The jail in whose namespace the process is; nothing where it is in none, or not ours to look at.
    std::optional<size_t> jail_of(const ProcFolder& folder);

    // What was found out of namespaces that are no jail's own: when they have gone, their inodes are others'.
    void forget() { known_.clear(); }

private:
    [[nodiscard]] std::optional<size_t> look_up(uint64_t inode, const ProcFolder& folder) const;

    std::unordered_map<uint64_t, size_t> jails_;
    std::unordered_map<uint64_t, std::optional<size_t>> known_;
};

} // namespace jailcore
