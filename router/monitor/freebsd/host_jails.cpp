#include "jailcore/freebsd/jail_record.hpp"
#include "jailcore/freebsd/own_kernel.hpp"
#include "router/monitor/jails.hpp"

#include <set>
#include <utility>

namespace monitor {

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
            jail.process = jailcore::ProcessHandle(jailcore::target_of(found));
        }
        jailcore::fill_record(jail.record, found);
    }
    std::erase_if(jails_, [&](const auto& item) {
        return !there.contains(item.first);
    });
}

// The kernel knows it already, and so perhaps do we; what the starter alone knows is not for the next router.
bool Jails::add(const jailcore::JailRecord& record, jailcore::ProcessHandle /*process*/,
                pty::UniqueFd /*spec*/) {
    refresh();
    Jail* jail = find(std::string(pty::get_text(record.name)));
    if (jail == nullptr || jail->record.jid != record.jid)
        return false;
    jail->record.flags |= record.flags;
    jail->record.created = record.created;
    jail->record.starter = record.starter;
    jail->record.starter_start = record.starter_start;
    return true;
}

} // namespace monitor
