#include "jailcore/enter/linux/program.hpp"
#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"

#include <algorithm>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/securebits.h>
#include <string>
#include <sys/prctl.h>

namespace jailcore {
namespace {

void limit_bounding_set(uint64_t allowed) {
    // One that the kernel does not know is EINVAL, and so are all after it (prctl(2)). Who may drop none may
    // be without it all the same.
    for (unsigned number = 0; number < 64; ++number) {
        if (((allowed >> number) & 1) != 0 || kernel::prctl(PR_CAPBSET_DROP, number) == 0)
            continue;
        int error = errno;
        if (error == EINVAL)
            return;
        if (error != EPERM || kernel::prctl(PR_CAPBSET_READ, number) != 0)
            throw pty::StepError(error, "bounding set", std::to_string(number));
    }
}

// Without privilege only no_new_privs would allow a filter; so it comes before capabilities go.
void load_filter(const EnterSpec* spec) {
    if (spec == nullptr || spec->filter_length == 0)
        return;
    sock_filter instructions[max_filter];
    static_assert(sizeof instructions == sizeof spec->filter);
    std::copy_n(spec->filter, sizeof spec->filter, reinterpret_cast<uint8_t*>(instructions));
    sock_fprog filter{static_cast<unsigned short>(spec->filter_length), instructions};
    pty::check(kernel::seccomp_filter(0, &filter), "seccomp");
}

void set_ids(const User& user, const Target& target) {
    if (!target.setgroups_denied)
        pty::check(kernel::setgroups(user.groups.size(), user.groups.data()), "setgroups");
    pty::check(kernel::setresgid(user.gid, user.gid, user.gid), "setresgid", std::to_string(user.gid));
    pty::check(kernel::setresuid(user.uid, user.uid, user.uid), "setresuid", std::to_string(user.uid));
    // A change of ids sets it to fs.suid_dumpable; before the program runs nobody in the jail may look at us.
    pty::check(kernel::prctl(PR_SET_DUMPABLE, 0), "prctl", "PR_SET_DUMPABLE");
}

void limit_capabilities(uint64_t allowed) {
    pty::check(kernel::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL), "ambient capabilities");
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
    pty::check(kernel::capget(&header, sets), "capget");
    for (unsigned half = 0; half < _LINUX_CAPABILITY_U32S_3; ++half) {
        sets[half].permitted &= static_cast<uint32_t>(allowed >> (32 * half));
        sets[half].effective = sets[half].permitted;
        sets[half].inheritable = 0;
    }
    pty::check(kernel::capset(&header, sets), "capset");
}

void join_new_keyring() {
    if (kernel::join_session_keyring() == -1 && errno != ENOSYS)
        throw pty::StepError(errno, "join session keyring", "");
}

} // namespace

void take_credentials(const User& user, const Target& target, const EnterSpec* spec) {
    if (pty::check(kernel::prctl(PR_GET_SECUREBITS), "securebits") != SECUREBITS_DEFAULT)
        pty::check(kernel::prctl(PR_SET_SECUREBITS, SECUREBITS_DEFAULT), "securebits");
    join_new_keyring(); // the filter refuses the call; and the key counts as the superuser's, who may have
                        // more of them
    load_filter(spec);
    limit_bounding_set(target.bounding_set);
    set_ids(user, target);
    limit_capabilities(user.uid == 0 ? target.bounding_set : 0);
    if (target.no_new_privs)
        pty::check(kernel::prctl(PR_SET_NO_NEW_PRIVS, 1), "no_new_privs");
}

} // namespace jailcore
