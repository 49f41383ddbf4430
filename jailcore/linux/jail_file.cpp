#include "jailcore/linux/jail_file.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/mountinfo.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

namespace jailcore {
namespace {

// Filesystems whose files are ways to talk to the kernel: to read one, or only to open it, can take something
// away (/proc/kmsg), wait for ever, or set something off. The names are those of /proc/filesystems.
constexpr std::array<std::string_view, 31> without_files{
    "anon_inodefs", "autofs",     "bdev",      "binder",  "binfmt_misc", "bpf",        "cgroup",  "cgroup2",
    "configfs",     "cpuset",     "debugfs",   "devpts",  "efivarfs",    "functionfs", "fusectl", "gadgetfs",
    "hugetlbfs",    "mqueue",     "nfsd",      "nsfs",    "pipefs",      "proc",       "pstore",  "resctrl",
    "rpc_pipefs",   "securityfs", "selinuxfs", "smackfs", "sockfs",      "sysfs",      "tracefs"};

[[noreturn]] void refuse(const char* path, const std::string& cause, int error = 0) {
    throw EnterFailure("read", "/" + std::string(path) + cause, "replace it in the jail", error);
}

void expect_files(const std::string& filesystem, const char* path) {
    if (!holds_files(filesystem))
        refuse(path, " lies on " + filesystem + ", which holds no files");
}

} // namespace

bool holds_files(const std::string& filesystem) {
    return std::ranges::find(without_files, filesystem) == without_files.end();
}

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
        struct stat facts = {}, top = {};
        pty::check(kernel::fstat(found.get(), &facts), "stat", path);
        pty::check(kernel::fstat(root, &top), "stat", "/");
        if (facts.st_dev != top.st_dev) // to look for the type takes time
            expect_files(filesystem_of(found.get(), self).type, path);
        if (!S_ISREG(facts.st_mode) || static_cast<size_t>(facts.st_size) > limit)
            refuse(path, " is not a regular file of a sane size");
        if (facts.st_size == 0)
            return ""; // so do the files of proc and its like say, whatever they hold
        std::string again = "fd/" + std::to_string(found.get());
        pty::UniqueFd file(
            pty::check(kernel::openat(self, again.c_str(), O_RDONLY | O_NONBLOCK), "open", path));
        return pty::read_all(file.get(), path, limit);
    } catch (const pty::StepError& error) {
        refuse(path, ": " + error.code().message(), error.error());
    }
}

} // namespace jailcore
