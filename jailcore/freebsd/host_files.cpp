#include "jailcore/host_files.hpp"

#include "jailcore/freebsd/host_root.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <fcntl.h>
#include <sys/param.h>

#include <sys/capsicum.h>
#include <sys/mount.h>

namespace jailcore {
namespace {

int kept = -1; // for as long as the process lives

constexpr int looking = O_PATH | O_NOFOLLOW | O_DIRECTORY;

} // namespace

// What is opened below it has no more rights than it has.
void keep_host_root() {
    pty::UniqueFd root(pty::check(kernel::open("/", O_RDONLY | O_DIRECTORY), "open", "/"));
    cap_rights_t rights;
    cap_rights_init(&rights, CAP_LOOKUP, CAP_READ, CAP_SEEK, CAP_FSTAT, CAP_FSTATAT, CAP_FSTATFS, CAP_FCNTL);
    pty::check(::cap_rights_limit(root.get(), &rights), "cap_rights_limit", "/");
    kept = root.release();
}

pty::UniqueFd open_host_root() {
    int root = kept == -1 ? kernel::open("/", looking) : kernel::openat(kept, ".", looking);
    return pty::UniqueFd(pty::check(root, "open", "/"));
}

// Those of procfs are text, too.
HostLink kind_of_link(int link) {
    struct statfs facts = {};
    pty::check(::fstatfs(link, &facts), "fstatfs", "a link");
    return (facts.f_flags & MNT_NOSYMFOLLOW) != 0 ? HostLink::barred : HostLink::text;
}

} // namespace jailcore
