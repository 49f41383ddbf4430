#include "jailcore/linux/starter/sibling.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <climits>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace jailcore {

pty::UniqueFd open_sibling(const char* program) {
    char own[PATH_MAX];
    ssize_t length = pty::check(::readlink("/proc/self/exe", own, sizeof own), "find", program);
    std::string path(own, static_cast<size_t>(length));
    path = path.substr(0, path.rfind('/') + 1) + program;
    return pty::UniqueFd(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
}

} // namespace jailcore
