// The jails of this host as its kernel has them, whoever made them (jail_get(2); sys/kern/kern_jail.c,
// kern_jail_get()). Reading them is pure but for what asks the kernel, in whose place a test can be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct iovec;

namespace jailcore {

// As sys/jail.h numbers them.
enum class JailSystem : int32_t { disable = 0, own = 1, inherit = 2 };

struct KernelJail {
    int32_t jid = 0;
    int32_t parent = 0; // the number of the jail around it; 0: the one that we are in, or none
    int32_t dying = 0;  // it has no process any more, and is held by something else
    int32_t persist = 0;
    int32_t cpuset = 0;
    int32_t securelevel = 0;
    int32_t devfs_ruleset = 0;
    int32_t enforce_statfs = 0;
    int32_t children = 0, most_children = 0;
    JailSystem network = JailSystem::inherit; // own: vnet
    std::string name;                         // with its parents', `a.b`; nearly any bytes
    std::string path, hostname, domainname, osrelease;
    std::vector<std::string> addresses4, addresses6; // as text; of a jail with vnet none
    bool operator==(const KernelJail&) const = default;
};

class JailKernel {
public:
    JailKernel() = default;
    JailKernel(const JailKernel&) = delete;
    JailKernel& operator=(const JailKernel&) = delete;
    virtual ~JailKernel() = default;
    // As jail_get(2), errno included.
    virtual int get(iovec* parameters, unsigned count, int flags) = 0;
    // Whether this kernel has the parameter: it refuses a call that names one that it has not.
    virtual bool knows(const char* parameter) = 0;
};

// What is asked of each jail.
struct WantedParameter {
    std::string name; // the kernel has it
    size_t room = 0;  // bytes that it can have; 0: an array of any length
};

struct KernelRow {
    int32_t jid = 0;
    std::vector<std::string> values; // the kernel's bytes, in the order of what was wanted
};

// In the order of the jails' numbers. Throws pty::StepError.
std::vector<KernelRow> kernel_rows(JailKernel& kernel, std::span<const WantedParameter> wanted, bool dying);

// What a value of text says, and one that is an array of addresses (`family`: AF_INET, AF_INET6).
std::string text_in(std::string_view value);
std::vector<std::string> addresses_in(std::string_view value, int family);

// In the order of their numbers, the dying ones too. Throws pty::StepError.
std::vector<KernelJail> kernel_jails(JailKernel& kernel);

} // namespace jailcore
