#include "router/monitor/programs.hpp"

#include "jailcore/jail_programs.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "router/monitor/log.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace monitor {

Programs open_programs(const std::string& libexec) {
    auto file = [&](const char* name) {
        std::string path = libexec + "/" + name;
        return pty::UniqueFd(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
    };
    jailcore::JailPrograms copies = jailcore::copy_jail_programs(libexec, {"jenter", "jinit"});
    // An ordinary user's jails are that user's own.
    if (!copies.read_only && ::geteuid() == 0)
        log::warn("without CAP_SYS_ADMIN jenter and jinit are memfds: a jail with the host's uids can "
                  "change their modes, and no other jail is started or entered then");
    return {std::move(copies.files[0]),
            std::move(copies.files[1]),
            file("jworker"),
            file("jstarter"),
            file("jreader"),
            file("jcloser")};
}

} // namespace monitor
