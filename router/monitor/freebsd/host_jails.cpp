#include "jailcore/freebsd/own_kernel.hpp"
#include "jailcore/freebsd/sealed_target.hpp"
#include "router/monitor/jails.hpp"

#include <set>
#include <utility>

namespace monitor {
namespace {

jailcore::ProcessHandle hold(const jailcore::KernelJail& jail) {
    jailcore::EnterTarget target;
    target.jid = jail.jid;
    pty::set_text(target.name, jail.name);
    return jailcore::ProcessHandle(jailcore::sealed_target(target));
}

void fill(jailcore::JailRecord& record, const jailcore::KernelJail& jail) {
    record.jid = static_cast<uint32_t>(jail.jid);
    pty::set_text(record.name, jail.name);
    pty::set_text(record.path, jail.path);
    pty::set_text(record.hostname, jail.hostname);
    pty::set_text(record.domainname, jail.domainname);
    pty::set_text(record.osrelease, jail.osrelease);
    if (jail.persist != 0)
        record.flags |= jailcore::jail_persist;
    if (jail.network == jailcore::JailSystem::own)
        record.flags |= jailcore::jail_own_network;
}

} // namespace

// Whoever made them. Of two generations of one name the number tells.
void Jails::refresh() {
    jailcore::OwnKernel kernel;
    std::set<std::string> there;
    for (const jailcore::KernelJail& found : jailcore::kernel_jails(kernel)) {
        if (found.dying != 0)
            continue;
        there.insert(found.name);
        Jail& jail = jails_[found.name];
        if (jail.record.jid != static_cast<uint32_t>(found.jid)) {
            jail = Jail();
            jail.process = hold(found);
        }
        fill(jail.record, found);
    }
    std::erase_if(jails_, [&](const auto& item) {
        return !there.contains(item.first);
    });
}

} // namespace monitor
