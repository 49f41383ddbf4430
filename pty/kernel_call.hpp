// How every wrapper of a kernel layer makes its call (pty/kernel.hpp, jailcore/linux/kernel.hpp).
#pragma once

#include "pty/fault.hpp"

#include <cerrno>

namespace kernel {

// Runs `call` unless a test's plan fails it, and again for as long as a signal interrupts it.
template <class Call>
auto enter(const char* name, Call call) -> decltype(call()) {
    if (int error = fault(name)) {
        errno = error;
        return -1;
    }
    decltype(call()) result;
    do
        result = call();
    while (result == -1 && errno == EINTR);
    return result;
}

} // namespace kernel
