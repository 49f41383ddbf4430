#pragma once

#include "jailcore/freebsd/kernel_jails.hpp"

namespace jailcore {

// The kernel that we run on.
class OwnKernel : public JailKernel {
public:
    int get(iovec* parameters, unsigned count, int flags) override;
    bool knows(const char* parameter) override;
};

} // namespace jailcore
