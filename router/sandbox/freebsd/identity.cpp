#include "router/sandbox/freebsd/identity.hpp"

#include "pty/error.hpp"

#include <unistd.h>

namespace sandbox {

// Before FreeBSD 15 the first of the groups is the effective one, which is set behind it.
void become(uid_t uid) {
    const gid_t group = uid;
    pty::check(::setgroups(1, &group), "setgroups");
    pty::check(::setresgid(group, group, group), "setresgid");
    pty::check(::setresuid(uid, uid, uid), "setresuid");
}

} // namespace sandbox
