#include "jailcore/linux/jail_file.hpp"

#include "jailcore/enter_failure.hpp"
#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

namespace jailcore {
namespace {

[[noreturn]] void refuse(const char* path, const std::string& cause, int error = 0) {
    throw EnterFailure("read", "/" + std::string(path) + cause, "replace it in the jail", error);
}

} // namespace

pty::UniqueFd find_in_jail(int root, const char* path) {
    // EAGAIN: something was renamed meanwhile, which makes it impossible to tell whether `..` led out
    // (openat2(2)). A jail that does nothing else may keep us from its files, not from an answer.
    for (int attempts = 0; attempts < 16; ++attempts) {
        int fd = kernel::openat2(root, path, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
        if (fd >= 0 || errno != EAGAIN)
            return pty::UniqueFd(fd);
    }
    return pty::UniqueFd();
}

std::optional<std::string> read_in_jail(int root, int self, const char* path, size_t limit) {
    pty::UniqueFd found = find_in_jail(root, path);
    if (!found && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    // A loop of links, one into proc (RESOLVE_NO_MAGICLINKS), a file of proc that has nothing to say now: it
    // is the jail that has to mend that.
    try {
        pty::check(found.get(), "open", path);
        struct stat facts {};
        pty::check(kernel::fstat(found.get(), &facts), "stat", path);
        if (!S_ISREG(facts.st_mode) || static_cast<size_t>(facts.st_size) > limit)
            refuse(path, " is not a regular file of a sane size");
        std::string again = "fd/" + std::to_string(found.get());
        pty::UniqueFd file(
            pty::check(kernel::openat(self, again.c_str(), O_RDONLY | O_NONBLOCK), "open", path));
        return pty::read_all(file.get(), path, limit);
    } catch (const pty::StepError& error) {
        refuse(path, ": " + error.code().message(), error.error());
    }
}

} // namespace jailcore
