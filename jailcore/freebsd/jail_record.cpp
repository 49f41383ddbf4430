#include "jailcore/freebsd/jail_record.hpp"

#include "jailcore/freebsd/sealed_target.hpp"

#include <utility>

namespace jailcore {

void fill_record(JailRecord& record, const KernelJail& jail) {
    record.jid = static_cast<uint32_t>(jail.jid);
    pty::set_text(record.name, jail.name);
    pty::set_text(record.path, jail.path);
    pty::set_text(record.hostname, jail.hostname);
    pty::set_text(record.domainname, jail.domainname);
    pty::set_text(record.osrelease, jail.osrelease);
    // A start may have made it persist for its own time.
    for (auto [set, flag] : {std::pair<bool, uint32_t>(jail.persist != 0, jail_persist),
                             {jail.network == JailSystem::own, jail_own_network}})
        record.flags = set ? record.flags | flag : record.flags & ~flag;
}

pty::UniqueFd target_of(const KernelJail& jail) {
    EnterTarget target;
    target.jid = jail.jid;
    pty::set_text(target.name, jail.name);
    return sealed_target(target);
}

} // namespace jailcore
