// Leaving the cgroup of whoever starts the router on demand: its limits would hold for the router, and its
// end, as that of a login, end the router.
#include "jailcore/linux/jail_cgroup.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/mountinfo.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"
#include "router/main/linux/inherited.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace inheritance {
namespace {

bool join(const std::string& cgroup) {
    pty::UniqueFd processes(kernel::open((cgroup + "/cgroup.procs").c_str(), O_WRONLY));
    return processes && kernel::write(processes.get(), "0", 1) == 1;
}

// The root of the hierarchy takes processes, but in a container where controllers are handed on (cgroups(7),
// "no internal processes").
void join_top(const std::string& top) {
    if (join(top))
        return;
    std::string own = top + "/jconsole-router";
    if (kernel::mkdirat(AT_FDCWD, own.c_str(), 0755) == 0 || errno == EEXIST)
        join(own);
}

} // namespace

void leave_cgroups() {
    pty::UniqueFd self(pty::check(kernel::open("/proc/self", O_PATH | O_DIRECTORY), "open", "/proc/self"));
    // Not a jail's: it confines what is in it.
    if (::geteuid() != 0 || !jailcore::foreign_jail(jailcore::read_proc(self.get(), "cgroup"), "").empty())
        return;
    for (const jailcore::Mount& mount :
         jailcore::parse_mountinfo(jailcore::read_proc(self.get(), "mountinfo")))
        if ((mount.type == "cgroup2" || mount.type == "cgroup") && mount.root == "/")
            join_top(mount.point);
}

} // namespace inheritance
