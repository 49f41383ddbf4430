#include "router/monitor/programs.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/memfd.hpp"

#include <fcntl.h>

namespace monitor {

Programs open_programs(const std::string& libexec) {
    auto file = [&](const char* name) {
        std::string path = libexec + "/" + name;
        return pty::UniqueFd(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
    };
    auto sealed = [&](const char* name) {
        return pty::sealed_copy_of((libexec + "/" + name).c_str());
    };
    return {sealed("jenter"), sealed("jinit"), file("jworker"), file("jstarter"), file("jreader")};
}

} // namespace monitor
