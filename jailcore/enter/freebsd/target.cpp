#include "jailcore/enter/freebsd/target.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/reports.hpp"
#include "jailcore/freebsd/own_kernel.hpp"
#include "jailcore/freebsd/process.hpp"
#include "pty/error.hpp"
#include "pty/memfd.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <sys/param.h>

#include <sys/jail.h>
#include <sys/uio.h>
#include <utility>

namespace jailcore {
namespace {

std::string name_of_jail(int jid) {
    std::array<char, MAXHOSTNAMELEN> name{};
    std::array<iovec, 4> parts{};
    std::array<char, 4> jid_word{"jid"};
    std::array<char, 5> name_word{"name"};
    parts[0] = {jid_word.data(), jid_word.size()};
    parts[1] = {&jid, sizeof jid};
    parts[2] = {name_word.data(), name_word.size()};
    parts[3] = {name.data(), name.size()};
    pty::check(::jail_get(parts.data(), parts.size(), JAIL_DYING), "jail_get", std::to_string(jid));
    return name.data();
}

} // namespace

EnterTarget read_target() {
    EnterTarget target;
    const EnterTarget expected;
    auto size = pty::sealed_size(enter_target, sizeof target);
    if (size != sizeof target ||
        !pty::read_sealed(enter_target, {reinterpret_cast<char*>(&target), sizeof target}) ||
        !std::ranges::equal(target.magic, expected.magic) || target.jid <= 0)
        throw EnterFailure("jenter", "what says which jail is not of the right form",
                           "this is a fault of the router that started it");
    return target;
}

KernelJail jail_of(const EnterTarget& target) {
    OwnKernel kernel;
    for (KernelJail& jail : kernel_jails(kernel))
        if (jail.jid == target.jid && (target.pid > 0 || jail.name == pty::get_text(target.name)))
            return std::move(jail);
    throw jail_has_ended(jail_name());
}

void expect_in_target(pid_t child, const EnterTarget& target) {
    ProcessFacts facts = process_facts(child);
    bool same = facts.jail == target.jid;
    if (same && target.pid > 0) {
        ProcessFacts meant = process_facts(target.pid);
        same = meant.jail == target.jid && meant.start == target.start_time;
    } else if (same) {
        same = name_of_jail(target.jid) == pty::get_text(target.name);
    }
    if (!same)
        throw jail_has_ended(jail_name());
}

// ESRCH: the process that was to enter was killed with it.
std::optional<EnterFailure> end_behind(const pty::StepError& error) {
    return error.error() == ESRCH ? std::optional(jail_has_ended(jail_name())) : std::nullopt;
}

} // namespace jailcore
