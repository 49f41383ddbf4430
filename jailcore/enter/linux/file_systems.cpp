#include "jailcore/enter/file_systems.hpp"

#include <sys/statvfs.h>

namespace jailcore {

bool refuses_execution(const std::string& path) {
    struct statvfs facts = {};
    return ::statvfs(path.c_str(), &facts) == 0 && (facts.f_flag & ST_NOEXEC) != 0;
}

} // namespace jailcore
