#include "jailcore/linux/starter/filter.hpp"

#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/memberships.hpp"
#include "jailcore/plan/linux/plan.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"
#include "pty/memfd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <memory>
#include <seccomp.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <unistd.h>

namespace jailcore {
namespace {

constexpr int namespace_flags[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                   CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};

// libseccomp returns the negative errno.
void expect(int result, const char* step) {
    if (result < 0)
        throw pty::StepError(-result, step, "seccomp filter");
}

class Filter {
public:
    Filter() : context_(::seccomp_init(SCMP_ACT_ALLOW), &::seccomp_release) {
        if (context_ == nullptr)
            throw pty::StepError(ENOMEM, "make", "seccomp filter");
        for (uint32_t abi : other_abis())
            expect(::seccomp_arch_add(context_.get(), abi), "make");
        // A search by number instead of one comparison for each call: most calls are none of these.
        expect(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "make");
        // A call by an ABI that is none of these could do what the filter forbids.
        expect(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "make");
    }

    void refuse(std::initializer_list<int> calls, int error) {
        for (int call : calls)
            expect(::seccomp_rule_add(context_.get(), SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), call, 0),
                   "make");
    }

    // Where of the bits `mask` of an argument, the first, those of `bits` are set and the others are not.
    void refuse_where(int call, uint32_t mask, uint32_t bits, unsigned argument = 0) {
        const scmp_arg_cmp alike{argument, SCMP_CMP_MASKED_EQ, mask, bits};
        expect(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ERRNO(EPERM), call, 1, &alike), "make");
    }

    // Where the arguments 0 and 2 are these.
    void refuse_both(int call, uint32_t first, uint32_t third, int error) {
        const scmp_arg_cmp alike[]{{0, SCMP_CMP_MASKED_EQ, ~0U, first}, {2, SCMP_CMP_MASKED_EQ, ~0U, third}};
        expect(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), call, 2,
                                        alike),
               "make");
    }

    void refuse_flag(int call, int flag) {
        refuse_where(call, static_cast<uint32_t>(flag), static_cast<uint32_t>(flag));
    }

    [[nodiscard]] std::vector<sock_filter> instructions() const {
        pty::UniqueFd file = pty::make_memfd("filter");
        expect(::seccomp_export_bpf(context_.get(), file.get()), "make");
        pty::check(::lseek(file.get(), 0, SEEK_SET), "make", "seccomp filter");
        std::string bytes = pty::read_all(file.get(), "seccomp filter");
        std::vector<sock_filter> result(bytes.size() / sizeof(sock_filter));
        if (result.size() > max_filter)
            throw pty::StepError(E2BIG, "make", "seccomp filter");
        std::memcpy(result.data(), bytes.data(), result.size() * sizeof(sock_filter));
        return result;
    }

private:
    static std::vector<uint32_t> other_abis() {
        switch (::seccomp_arch_native()) {
        case SCMP_ARCH_X86_64:
            return {SCMP_ARCH_X86, SCMP_ARCH_X32};
        case SCMP_ARCH_AARCH64:
            return {SCMP_ARCH_ARM};
        default:
            return {};
        }
    }

    std::unique_ptr<void, decltype(&::seccomp_release)> context_;
};

void refuse_namespaces(Filter& filter) {
    for (int flag : namespace_flags) {
        filter.refuse_flag(SCMP_SYS(clone), flag);
        filter.refuse_flag(SCMP_SYS(unshare), flag);
    }
    // A child of its parent's: of a console's program that is the router, which would have to collect it.
    filter.refuse_flag(SCMP_SYS(clone), CLONE_PARENT);
    // Among clone's flags its bit is part of the exit signal, so it can only be asked of unshare and clone3.
    filter.refuse_flag(SCMP_SYS(unshare), CLONE_NEWTIME);
    // setns with flags 0 takes any namespace, so no call of it can be let through.
    filter.refuse({SCMP_SYS(setns)}, EPERM);
    filter.refuse({SCMP_SYS(clone3)}, ENOSYS);
}

// By a cgroup namespace that a jail makes in a user namespace of its own it could mount the hierarchies of
// version 1 (kernel/cgroup/cgroup-v1.c, cgroup1_get_tree), from the cgroup down that it was in. In most of
// them that is the router's, whose files belong to uid 0, and so to the jail's root.
void refuse_cgroup_namespaces(Filter& filter) {
    filter.refuse_flag(SCMP_SYS(clone), CLONE_NEWCGROUP);
    filter.refuse_flag(SCMP_SYS(unshare), CLONE_NEWCGROUP);
    filter.refuse({SCMP_SYS(clone3)}, ENOSYS);
}

// Whoever has the uid of a user namespace's maker, and is in the namespace around it, has every capability in
// it once he joins it (user_namespaces(7)), those of mounting too, with which what the start made read-only
// is uncovered. The jails that have one were made by uid 0, as which another jail's root would come, given
// the namespace by an accomplice in there. A type of 0 is any.
void refuse_joining_users(Filter& filter) {
    constexpr unsigned type = 1;
    filter.refuse_where(SCMP_SYS(setns), CLONE_NEWUSER, CLONE_NEWUSER, type);
    filter.refuse_where(SCMP_SYS(setns), ~0U, 0, type);
}

// A process of the host that has the same uid, and no capability that the jail lacks, would do what it is
// driven to.
void refuse_tracing(Filter& filter) {
    filter.refuse({SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
                   SCMP_SYS(pidfd_getfd), SCMP_SYS(process_madvise), SCMP_SYS(kcmp)},
                  EPERM);
}

// What no namespace confines: in a jail as on the host it is one for all, or tells of all. Most of it needs a
// capability that no jail has, too, but unprivileged users are allowed some of it by a sysctl of the host's,
// and children.max gives capabilities in namespaces that the jail makes. docs/security.md has the table.
void refuse_what_is_shared(Filter& filter, uint32_t permissions) {
    // Keys belong to uids, which the host has as well. pam_keyinit(8) and systemd go on at this answer.
    filter.refuse({SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl)}, ENOSYS);
    // What io_uring does for a program is not seen by a filter. Programs fall back to other calls.
    filter.refuse({SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register)}, ENOSYS);
    filter.refuse({SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd)}, EPERM);
    filter.refuse({SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module),
                   SCMP_SYS(finit_module), SCMP_SYS(delete_module)},
                  EPERM);
    filter.refuse({SCMP_SYS(acct), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(open_by_handle_at)}, EPERM);
    if ((permissions & may_set_time) == 0)
        filter.refuse(
            {SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(clock_settime64), SCMP_SYS(stime)},
            EPERM);
    if ((permissions & may_read_msgbuf) == 0)
        filter.refuse({SCMP_SYS(syslog)}, EPERM);
}

// The other side of a VSOCK is the hypervisor, or its guests. socketcall(2), the older road of 32-bit
// programs, has its arguments in memory where a filter cannot read them; C libraries use socket where it is
// there.
void refuse_hypervisor_sockets(Filter& filter) {
    filter.refuse_where(SCMP_SYS(socket), ~0U, AF_VSOCK);
    constexpr uint32_t socketcall_socket = 1; // linux/net.h, SYS_SOCKET
    filter.refuse_where(SCMP_SYS(socketcall), ~0U, socketcall_socket);
}

// What a jail writes to the host's audit would be in its trail, and in the log of its kernel as lines of the
// kernel's own. By this errno sudo(8) and login(1) know that there is no audit (libaudit, audit_open()).
void refuse_audit(Filter& filter) {
    filter.refuse_both(SCMP_SYS(socket), AF_NETLINK, NETLINK_AUDIT, EPROTONOSUPPORT);
}

// personality(2): but for being a 32-bit program, telling an old kernel's version and having no random
// addresses, which debuggers use, what can be asked for are bugs of old systems (a page at address 0,
// readable is executable). 0xffffffff asks what is set. A rule can only say that some bits are so: "this one
// is set, the next one is not", around the circle, is each value but none of them and all of them.
void refuse_personalities(Filter& filter) {
    constexpr std::array<uint32_t, 3> allowed{PER_LINUX32, UNAME26, ADDR_NO_RANDOMIZE};
    std::vector<uint32_t> circle;
    for (uint32_t bit = 1; bit != 0; bit <<= 1)
        if (std::ranges::find(allowed, bit) == allowed.end())
            circle.push_back(bit);
    for (size_t i = 0; i < circle.size(); ++i)
        filter.refuse_where(SCMP_SYS(personality), circle[i] | circle[(i + 1) % circle.size()], circle[i]);
    for (uint32_t other : allowed)
        filter.refuse_where(SCMP_SYS(personality), circle[0] | other, circle[0]);
}

} // namespace

std::vector<sock_filter> make_filter(uint32_t filtered, uint32_t permissions) {
    Filter filter;
    refuse_what_is_shared(filter, permissions);
    refuse_hypervisor_sockets(filter);
    refuse_audit(filter);
    refuse_personalities(filter);
    if ((filtered & filter_namespaces) != 0)
        refuse_namespaces(filter);
    else if ((filtered & filter_cgroup_namespaces) != 0)
        refuse_cgroup_namespaces(filter);
    if ((filtered & filter_namespaces) == 0 && (filtered & filter_joining_users) != 0)
        refuse_joining_users(filter);
    if ((filtered & filter_tracing) != 0)
        refuse_tracing(filter);
    if ((filtered & filter_sysvmsg) != 0)
        filter.refuse({SCMP_SYS(msgget), SCMP_SYS(msgsnd), SCMP_SYS(msgrcv), SCMP_SYS(msgctl)}, ENOSYS);
    if ((filtered & filter_sysvsem) != 0)
        filter.refuse({SCMP_SYS(semget), SCMP_SYS(semop), SCMP_SYS(semtimedop), SCMP_SYS(semctl)}, ENOSYS);
    if ((filtered & filter_sysvshm) != 0)
        filter.refuse({SCMP_SYS(shmget), SCMP_SYS(shmat), SCMP_SYS(shmdt), SCMP_SYS(shmctl)}, ENOSYS);
    return filter.instructions();
}

uint32_t filtered_on_this_host() {
    pty::UniqueFd self(pty::check(kernel::open("/proc/self", O_PATH | O_DIRECTORY), "open", "/proc/self"));
    bool version_2_alone = std::ranges::all_of(memberships(self.get()), &Membership::is_unified);
    return version_2_alone ? 0U : uint32_t{filter_cgroup_namespaces};
}

void load_filter(const std::vector<sock_filter>& filter) {
    sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
    pty::check(kernel::seccomp_filter(0, &program), "load", "seccomp filter");
}

} // namespace jailcore
