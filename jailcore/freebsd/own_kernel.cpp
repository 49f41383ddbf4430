#include "jailcore/freebsd/own_kernel.hpp"

#include <array>
#include <map>
#include <string>
#include <sys/param.h>

#include <sys/jail.h>
#include <sys/sysctl.h>
#include <sys/uio.h>

namespace jailcore {

int OwnKernel::get(iovec* parameters, unsigned count, int flags) {
    return ::jail_get(parameters, count, flags);
}

// jail(3): a parameter is where the tree security.jail.param has it. With modules there may come more; none
// goes.
bool OwnKernel::knows(const char* parameter) {
    static std::map<std::string, bool> asked;
    auto [found, is_new] = asked.emplace(parameter, false);
    if (!found->second) {
        std::array<int, CTL_MAXNAME> name{};
        size_t size = name.size();
        std::string path = std::string("security.jail.param.") + parameter;
        found->second = ::sysctlnametomib(path.c_str(), name.data(), &size) == 0;
    }
    return found->second;
}

} // namespace jailcore
