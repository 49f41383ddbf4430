#include "jailcore/linux/starter/filter.hpp"

#include "jailcore/enter_spec.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/plan.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <linux/sched.h>
#include <memory>
#include <seccomp.h>
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
        // A call by an ABI that is none of these could do what the filter forbids.
        expect(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "make");
    }

    void refuse(std::initializer_list<int> calls, int error) {
        for (int call : calls)
            expect(::seccomp_rule_add(context_.get(), SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), call, 0),
                   "make");
    }

    void refuse_flag(int call, int flag) {
        auto bits = static_cast<scmp_datum_t>(static_cast<uint32_t>(flag));
        const scmp_arg_cmp is_set{0, SCMP_CMP_MASKED_EQ, bits, bits};
        expect(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ERRNO(EPERM), call, 1, &is_set), "make");
    }

    [[nodiscard]] std::vector<sock_filter> instructions() const {
        pty::UniqueFd file(pty::check(kernel::memfd_create("filter", 0), "make", "seccomp filter"));
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

} // namespace

std::vector<sock_filter> make_filter(uint32_t filtered) {
    if (filtered == 0)
        return {};
    Filter filter;
    if ((filtered & filter_namespaces) != 0)
        refuse_namespaces(filter);
    if ((filtered & filter_sysvmsg) != 0)
        filter.refuse({SCMP_SYS(msgget), SCMP_SYS(msgsnd), SCMP_SYS(msgrcv), SCMP_SYS(msgctl)}, ENOSYS);
    if ((filtered & filter_sysvsem) != 0)
        filter.refuse({SCMP_SYS(semget), SCMP_SYS(semop), SCMP_SYS(semtimedop), SCMP_SYS(semctl)}, ENOSYS);
    if ((filtered & filter_sysvshm) != 0)
        filter.refuse({SCMP_SYS(shmget), SCMP_SYS(shmat), SCMP_SYS(shmdt), SCMP_SYS(shmctl)}, ENOSYS);
    return filter.instructions();
}

void load_filter(const std::vector<sock_filter>& filter) {
    if (filter.empty())
        return;
    sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
    pty::check(kernel::seccomp_filter(0, &program), "load", "seccomp filter");
}

} // namespace jailcore
