#include "jailcore/linux/proc_file.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <fcntl.h>

namespace jailcore {

std::string read_proc(int dir, const std::string& path) {
    pty::UniqueFd file(pty::check(kernel::openat(dir, path.c_str(), O_RDONLY), "open", path));
    return pty::read_all(file.get(), path);
}

std::string_view cut(std::string_view& rest, char separator) {
    size_t end = std::min(rest.find(separator), rest.size());
    std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

} // namespace jailcore
