#include "jailcore/host_files.hpp"

#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

namespace jailcore {
namespace {

constexpr long no_links_followed = 0x2000; // ST_NOSYMFOLLOW of a mount (include/linux/statfs.h)

} // namespace

pty::UniqueFd open_host_root() {
    return pty::UniqueFd(pty::check(kernel::open("/", O_PATH | O_NOFOLLOW | O_DIRECTORY), "open", "/"));
}

// What looks like a link in /proc can be none.
HostLink kind_of_link(int link) {
    struct statfs facts = {};
    pty::check(kernel::fstatfs(link, &facts), "fstatfs", "a link");
    if ((facts.f_flags & no_links_followed) != 0)
        return HostLink::barred;
    return facts.f_type == PROC_SUPER_MAGIC ? HostLink::kernels : HostLink::text;
}

} // namespace jailcore
