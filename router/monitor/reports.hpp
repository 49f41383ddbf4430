// The sockets over which helpers report (jailcore/contract/report.hpp), for as long as they may.
#pragma once

#include "router/monitor/sessions.hpp"

#include <functional>
#include <memory>
#include <set>
#include <span>

namespace monitor {

class Reports {
public:
    Reports(EventLoop& loop, Sessions& sessions) : loop_(loop), sessions_(sessions) {}

    // One has come; `bytes` begin with it. False where it is not one that this helper may make now: then that
    // was its last.
    std::function<bool(Session&, const jailcore::Report&, std::span<const char> bytes, pty::Received&)>
        on_report;
    // The helper has said its last; the socket is closed.
    std::function<void(Session&)> on_over;

    std::unique_ptr<Watched> watch(const Session& session, pty::UniqueFd socket);
    // What one has said by now, or all have.
    void hear(uint32_t session);
    void hear_all();
    // Whether one may yet tell of a leader.
    [[nodiscard]] bool may_name_leader() const;

private:
    // False: nothing more can be heard now.
    bool hear_one(Session& session);

    EventLoop& loop_;
    Sessions& sessions_;
    std::set<uint32_t> reporting_; // and some that have ended: a child's end must not look at all sessions
};

} // namespace monitor
