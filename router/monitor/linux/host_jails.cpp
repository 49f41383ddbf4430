#include "router/monitor/jails.hpp"
#include "router/monitor/log.hpp"

#include <utility>

namespace monitor {

// To this kernel there are no jails: all that there are began with a report of a starter.
void Jails::refresh() {}

bool Jails::add(const jailcore::JailRecord& record, jailcore::ProcessHandle process, pty::UniqueFd spec) {
    if (!can_list(record) || !process || !spec)
        return false;
    save(record, spec.get());
    keep(record, std::move(process), std::move(spec));
    log::debug("jail " + std::string(pty::get_text(record.name)) + ": there, process " +
               std::to_string(record.pid));
    return true;
}

} // namespace monitor
