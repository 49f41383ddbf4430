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

std::optional<std::string> read_if_any(int dir, const std::string& path) {
    constexpr size_t page = 4096;
    pty::UniqueFd file(kernel::openat(dir, path.c_str(), O_RDONLY));
    std::string text;
    for (ssize_t count = page; count > 0;) {
        size_t before = text.size();
        text.resize(before + page);
        count = file ? kernel::read(file.get(), text.data() + before, page) : -1;
        if (count == -1)
            return std::nullopt;
        text.resize(before + static_cast<size_t>(count));
    }
    return text;
}

std::string_view cut(std::string_view& rest, char separator) {
    size_t end = std::min(rest.find(separator), rest.size());
    std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

} // namespace jailcore
