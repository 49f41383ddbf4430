#include "jailcore/enter/file_systems.hpp"

#include <sys/param.h>

#include <sys/mount.h>

namespace jailcore {

bool refuses_execution(const std::string& path) {
    struct statfs facts = {};
    return ::statfs(path.c_str(), &facts) == 0 && (facts.f_flags & MNT_NOEXEC) != 0;
}

} // namespace jailcore
