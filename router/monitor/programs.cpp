#include "router/monitor/programs.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "router/monitor/log.hpp"

#include <fcntl.h>
#include <utility>

namespace monitor {

Programs open_programs(const std::string& libexec) {
    auto file = [&](const char* name) {
        std::string path = libexec + "/" + name;
        return pty::UniqueFd(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
    };
    jailcore::JailPrograms inside = jailcore::open_jail_programs(libexec);
    if (!inside.warning.empty())
        log::warn(inside.warning);
    return {std::move(inside), file("jworker"), file("jstarter"), file("jreader"), file("jcloser")};
}

} // namespace monitor
