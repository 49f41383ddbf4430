// A seccomp filter under construction: what is not allowed fails with EPERM. libseccomp(3).
#pragma once

#include <initializer_list>
#include <seccomp.h>
#include <span>

namespace sandbox {

// Conditions on a call's argument `number`, from 0. (libseccomp's macros for them are C, and no C++.)
constexpr scmp_arg_cmp argument_is(unsigned number, scmp_datum_t value) {
    return {number, SCMP_CMP_EQ, value, 0};
}
constexpr scmp_arg_cmp argument_has_none_of(unsigned number, scmp_datum_t bits) {
    return {number, SCMP_CMP_MASKED_EQ, bits, 0};
}

class Filter {
public:
    Filter();
    ~Filter();
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;

    // Numbers as SCMP_SYS(name). A call that this architecture does not have is passed over.
    void allow(std::span<const int> calls);
    void allow(std::initializer_list<int> calls) { allow(std::span(calls.begin(), calls.size())); }
    // Only where all conditions on its arguments hold.
    void allow_if(int call, std::initializer_list<scmp_arg_cmp> conditions);
    // mmap(2), mprotect(2) and their kin, of memory that cannot be executed.
    void allow_memory();
    // abort(3), in which an uncaught exception or a sanitizer's finding ends.
    void allow_abort();
    // With no_new_privs. Throws StepError, as do the others.
    void load();

private:
    scmp_filter_ctx context_;
};

} // namespace sandbox
