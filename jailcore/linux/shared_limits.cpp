#include "jailcore/linux/shared_limits.hpp"

#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <string>

namespace jailcore {
namespace {

rlimit limit_of(__rlimit_resource resource) {
    rlimit limit{};
    pty::check(::getrlimit(resource, &limit), "getrlimit");
    return limit;
}

void set_limit(__rlimit_resource resource, const rlimit& limit) {
    pty::check(kernel::setrlimit(resource, &limit), "setrlimit", std::to_string(resource));
}

} // namespace

void halve_shared_limits() {
    for (auto resource : shared_limits) {
        rlimit limit = limit_of(resource);
        if (limit.rlim_max == RLIM_INFINITY)
            continue;
        limit.rlim_max /= 2;
        limit.rlim_cur = limit.rlim_max;
        set_limit(resource, limit);
    }
}

HalvedWhileNamespacesAreMade::HalvedWhileNamespacesAreMade() {
    for (size_t i = 0; i < shared_limits.size(); ++i) {
        before_[i] = limit_of(shared_limits[i]);
        if (before_[i].rlim_max != RLIM_INFINITY)
            set_limit(shared_limits[i], {before_[i].rlim_max / 2, before_[i].rlim_max});
    }
}

HalvedWhileNamespacesAreMade::~HalvedWhileNamespacesAreMade() {
    for (size_t i = 0; i < shared_limits.size(); ++i)
        kernel::setrlimit(shared_limits[i], &before_[i]);
}

} // namespace jailcore
