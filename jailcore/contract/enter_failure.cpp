#include "jailcore/contract/enter_failure.hpp"

#include "router/contract/target.hpp"

#include <cerrno>

namespace jailcore {

EnterFailure jail_has_ended(const std::string& jail) {
    std::string mend = contract::pid_target(jail) ? "'jconsole ps' lists the processes in jails"
                                                  : "'jconsole start " + jail + "' starts it again";
    return {"enter", "its process has ended", mend, ESRCH};
}

} // namespace jailcore
