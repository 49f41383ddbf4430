#include "jailcore/starter/sibling.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/own_program.hpp"

#include <fcntl.h>
#include <string>

namespace jailcore {

pty::UniqueFd open_sibling(const char* program) {
    std::string path = pty::own_program();
    path = path.substr(0, path.rfind('/') + 1) + program;
    return pty::UniqueFd(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
}

} // namespace jailcore
