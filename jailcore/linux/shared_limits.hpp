// What the kernel counts by user, over all jails and the host. A jail that has the host's uids gets half of
// it, so that as much is left to the same user of the host.
#pragma once

#include <array>
#include <sys/resource.h>

namespace jailcore {

inline constexpr std::array shared_limits{RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING};

// Sets soft and hard limits of this process. Throws StepError.
void halve_shared_limits();

// Soft limits of this process, which a user namespace that is made meanwhile has as its maximum, whatever
// those of its processes are, together with all others of the user who made it (create_user_ns(),
// kernel/user_namespace.c). The constructor throws StepError.
class HalvedWhileNamespacesAreMade {
public:
    HalvedWhileNamespacesAreMade();
    ~HalvedWhileNamespacesAreMade();
    HalvedWhileNamespacesAreMade(const HalvedWhileNamespacesAreMade&) = delete;
    HalvedWhileNamespacesAreMade& operator=(const HalvedWhileNamespacesAreMade&) = delete;

private:
    std::array<rlimit, shared_limits.size()> before_{};
};

} // namespace jailcore
