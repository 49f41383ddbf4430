#include "router/sandbox/linux/filter.hpp"

#include "pty/error.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace sandbox {
namespace {

// libseccomp returns -errno.
void check_result(int result, const char* step) {
    if (result < 0)
        throw pty::StepError(-result, step, {});
}

} // namespace

Filter::Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    if (context_ == nullptr)
        throw pty::StepError(ENOMEM, "make seccomp filter", {});
}

Filter::~Filter() {
    seccomp_release(context_);
}

void Filter::allow(std::span<const int> calls) {
    for (int call : calls)
        allow_if(call, {});
}

void Filter::allow_if(int call, std::initializer_list<scmp_arg_cmp> conditions) {
    // Below zero and not __NR_SCMP_ERROR: libseccomp's number for a call of other architectures.
    if (call < 0)
        return;
    check_result(seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, call,
                                        static_cast<unsigned>(conditions.size()), conditions.begin()),
                 "build seccomp filter");
}

void Filter::allow_memory() {
    for (int call : {SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk)})
        allow_if(call, {});
    for (int call : {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)})
        allow_if(call, {argument_has_none_of(2, PROT_EXEC)});
}

void Filter::allow_abort() {
    allow_if(SCMP_SYS(tgkill), {argument_is(0, static_cast<scmp_datum_t>(::getpid()))});
}

void Filter::load() {
    check_result(seccomp_load(context_), "load seccomp filter");
}

} // namespace sandbox
