#include "pty/own_program.hpp"

#include "pty/error.hpp"

#include <climits>
#include <sys/param.h>
#include <sys/sysctl.h>

namespace pty {

// sysctl(3), KERN_PROC_PATHNAME: there is no /proc unless somebody mounts it.
std::string own_program() {
    const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
    std::string path(PATH_MAX, '\0');
    size_t size = path.size();
    check(::sysctl(name, sizeof name / sizeof *name, path.data(), &size, nullptr, 0), "sysctl",
          "kern.proc.pathname");
    path.resize(size - 1); // with its NUL
    return path;
}

} // namespace pty
