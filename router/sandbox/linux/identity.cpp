#include "router/sandbox/linux/identity.hpp"

#include "pty/error.hpp"

#include <grp.h>
#include <unistd.h>

namespace sandbox {

void become(uid_t uid) {
    pty::check(::setgroups(0, nullptr), "setgroups");
    pty::check(::setresgid(uid, uid, uid), "setresgid");
    pty::check(::setresuid(uid, uid, uid), "setresuid"); // and with it go all capabilities (capabilities(7))
}

} // namespace sandbox
