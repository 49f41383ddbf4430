#include "jailcore/enter/freebsd/users.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/identity.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>

namespace jailcore {
namespace {

constexpr size_t database_limit = size_t{16} << 20;

// Nothing where there is none. A jail may have a fifo or a device in its place: so what is at the path is
// held first, by which nothing is opened yet (open(2), O_PATH), and then opened itself.
std::optional<std::string> read_inside(const std::string& path) {
    pty::UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat facts = {};
    if (!place || ::fstat(place.get(), &facts) == -1) {
        if (errno == ENOENT || errno == ENOTDIR)
            return std::nullopt;
        throw EnterFailure("user", path + ": " + std::strerror(errno), "mend it in the jail", errno);
    }
    if (!S_ISREG(facts.st_mode))
        throw EnterFailure("user", path + " is no regular file", "mend it in the jail");
    pty::UniqueFd file(::openat(place.get(), "", O_RDONLY | O_CLOEXEC | O_EMPTY_PATH));
    pty::check(file.get(), "user", path);
    return pty::read_all(file.get(), path, database_limit);
}

} // namespace

User find_user_inside(const std::string& wanted, const std::string& group) {
    return find_entered(read_inside("/etc/passwd").value_or(""), read_inside("/etc/group").value_or(""),
                        wanted, group);
}

} // namespace jailcore
