#include "shell/siblings.hpp"

#include "pty/error.hpp"

#include <climits>
#include <unistd.h>

namespace shell {

std::string sibling(std::string_view program) {
    // The kernel's own word for what was executed: argv[0] is the caller's (proc(5), /proc/PID/exe).
    std::string path(PATH_MAX, '\0');
    ssize_t size =
        pty::check(::readlink("/proc/self/exe", path.data(), path.size()), "readlink", "/proc/self/exe");
    path.resize(static_cast<size_t>(size));
    path.resize(path.rfind('/'));
    return path + "/../" + std::string(program);
}

std::vector<std::string> current_environment() {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry)
        result.emplace_back(*entry);
    return result;
}

} // namespace shell
