#include "pty/own_program.hpp"

#include "pty/error.hpp"

#include <climits>
#include <unistd.h>

namespace pty {

// proc(5), /proc/PID/exe.
std::string own_program() {
    std::string path(PATH_MAX, '\0');
    ssize_t size =
        check(::readlink("/proc/self/exe", path.data(), path.size()), "readlink", "/proc/self/exe");
    path.resize(static_cast<size_t>(size));
    return path;
}

} // namespace pty
