#include "jailcore/enter/freebsd/devfs_mend.hpp"

#include "pty/error.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// Needs the one before it.
#include <sys/queue.h>

#include <fs/devfs/devfs.h>

namespace jailcore {
namespace {

iovec part(std::string& text) {
    return {text.data(), text.size() + 1};
}

// nmount(2) takes a path: that of the directory in which we are.
void mount_here(uint16_t ruleset) {
    std::array<std::string, 6> words{"fstype", "devfs", "fspath", ".", "ruleset", std::to_string(ruleset)};
    std::array<iovec, words.size()> parts{};
    for (size_t i = 0; i < words.size(); ++i)
        parts[i] = part(words[i]);
    pty::check(::nmount(parts.data(), parts.size(), 0), "mount", "devfs");
}

void mount_devfs(const DevfsPlace& place) {
    if (::mkdirat(place.root.get(), "dev", 0755) == -1 && errno != EEXIST)
        throw pty::StepError(errno, "make", "/dev");
    pty::UniqueFd dev(pty::check(
        ::openat(place.root.get(), "dev", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), "open", "/dev"));
    pty::check(::fchdir(dev.get()), "enter", "/dev");
    dev.reset();
    mount_here(ruleset_to_apply(place.facts));
    pty::check(::chdir("/"), "enter", "/");
}

// The first counts for nodes that are made later, the second for those that are there
// (sys/fs/devfs/devfs_rule.c).
void apply_ruleset(const DevfsPlace& place) {
    devfs_rsnum ruleset = ruleset_to_apply(place.facts);
    pty::check(::ioctl(place.dev.get(), DEVFSIO_SUSE, &ruleset), "use", "the ruleset");
    pty::check(::ioctl(place.dev.get(), DEVFSIO_SAPPLY, &ruleset), "apply", "the ruleset");
}

} // namespace

void mend_devfs(const DevfsPlace& place, DevfsMend mend) {
    switch (mend) {
    case DevfsMend::none:
        return;
    case DevfsMend::mount:
        return mount_devfs(place);
    case DevfsMend::apply:
        return apply_ruleset(place);
    }
}

} // namespace jailcore
