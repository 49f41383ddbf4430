#include "jailcore/conf/reach.hpp"

#include "pty/kernel.hpp"

#include <fcntl.h>
#include <glob.h>

namespace jailcore::conf {

pty::UniqueFd open_to_read(const std::string& path) {
    return pty::UniqueFd(kernel::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
}

std::vector<std::string> glob_paths(const std::string& pattern) {
    std::vector<std::string> paths;
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return paths;
}

} // namespace jailcore::conf
