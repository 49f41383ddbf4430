// What is looked up: lists and orders, each by a reader that has snapshots of jails and sessions, and `top`,
// whose reader gets new ones for as long as it asks. The table of the configuration that an order leaves is
// kept for the starters of its steps.
#pragma once

#include "router/monitor/parts.hpp"

#include <map>
#include <string>
#include <string_view>

namespace monitor {

class Readers {
public:
    explicit Readers(const Parts& parts) : parts_(parts) {}

    // `words`: that the client wrote. Throws pty::StepError.
    void open(Session& session, const Errand& errand, const pty::UniqueFd& words);

    // Whose reader has ended.
    void leader_ended(Session& session, const wire::LinkExited& exit);

    // As that principal's last order of that file has read it; -1: there is none. It stays ours.
    [[nodiscard]] int table_of(wire::Principal principal, std::string_view config) const;
    // His worker has nothing to do.
    void forget_table(wire::Principal principal) { tables_.erase(principal); }

private:
    void open_live(Session& session, const Errand& errand, const pty::UniqueFd& words);
    void take_ask(uint32_t number);
    void send_snapshots(uint32_t number);

    const Parts& parts_;
    std::map<wire::Principal, Ordering> tables_; // sealed
};

} // namespace monitor
