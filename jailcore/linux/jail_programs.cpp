#include "jailcore/jail_programs.hpp"

#include "jailcore/linux/program_copies.hpp"

#include <unistd.h>
#include <utility>

namespace jailcore {

JailPrograms open_jail_programs(const std::string& folder) {
    ProgramCopies copies = copy_programs(folder, {"jenter", "jinit"});
    JailPrograms programs{std::move(copies.files[0]), std::move(copies.files[1]), {}};
    // An ordinary user's jails are that user's own.
    if (!copies.read_only && ::geteuid() == 0)
        programs.warning =
            "without CAP_SYS_ADMIN jenter and jinit are memfds: a jail with the host's uids can "
            "change their modes, and no other jail is started or entered then";
    return programs;
}

} // namespace jailcore
