#include "pty/io.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <poll.h>

namespace pty {

void write_all(int fd, std::string_view data, std::string_view subject) {
    while (!data.empty()) {
        ssize_t written = check(kernel::write(fd, data.data(), data.size()), "write", subject);
        data.remove_prefix(static_cast<size_t>(written));
    }
}

std::string read_all(int fd, std::string_view subject, size_t limit) {
    std::string content;
    // Most of what is read whole are small files of /proc; filling large room for each with zeros was a tenth
    // of jenter's time. The room grows with what has come.
    constexpr size_t first = 4096;
    constexpr size_t most = 65536;
    for (;;) {
        size_t old = content.size();
        if (old > limit)
            throw StepError(EFBIG, "read", subject);
        const size_t step = std::clamp(old, first, most);
        content.resize(old + step);
        ssize_t got = check(kernel::read(fd, content.data() + old, step), "read", subject);
        content.resize(old + static_cast<size_t>(got));
        if (got == 0)
            return content;
    }
}

bool is_readable(int fd) {
    pollfd entry{fd, POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN) != 0;
}

} // namespace pty
