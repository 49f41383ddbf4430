#include "jailcore/listing/linux/pid_namespaces.hpp"

#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace jailcore {
namespace {

// pid_namespaces(7): they nest no deeper.
constexpr int most_namespaces = 32;

} // namespace

std::optional<size_t> PidNamespaces::jail_of(const ProcFolder& folder) {
    if (jails_.empty())
        return {};
    auto inode = folder.pid_namespace();
    if (!inode)
        return {};
    auto known = known_.find(*inode);
    if (known == known_.end())
        known = known_.emplace(*inode, look_up(*inode, folder)).first;
    return known->second;
}

std::optional<size_t> PidNamespaces::look_up(uint64_t inode, const ProcFolder& folder) const {
    pty::UniqueFd current = folder.open_pid_namespace();
    for (int depth = 0; depth < most_namespaces; ++depth) {
        if (auto found = jails_.find(inode); found != jails_.end())
            return found->second;
        // EPERM: that would be above the reader's own namespace.
        current = pty::UniqueFd(::ioctl(current.get(), NS_GET_PARENT));
        struct stat status = {};
        if (!current || ::fstat(current.get(), &status) != 0)
            return {};
        inode = status.st_ino;
    }
    return {};
}

} // namespace jailcore
