// Consoles, from the request until the program runs in the jail: the helper that enters it, what that
// reports, and what becomes of those that never get there.
#pragma once

#include "router/monitor/parts.hpp"
#include "router/monitor/waiting_jenter.hpp"

#include <memory>

namespace monitor {

class Consoles {
public:
    explicit Consoles(const Parts& parts)
        : parts_(parts), jenter_(parts.programs.inside.jenter.get(), parts.children) {}

    // Throws Refusal and pty::StepError.
    void open(Session& session, const pty::WindowSize& size, const pty::UniqueFd& program);
    // Has the jail's terminals checked: a helper enters it as for a console. Throws likewise.
    void check(Session& session, const Errand& errand, const pty::UniqueFd& words);

    // False where it is not one that this helper may make now.
    bool take_report(Session& session, const jailcore::Report& report, pty::Received& received);
    // The helper has said all it had to say: a program runs in the jail, or there will be none.
    void reports_over(Session& session);

    // Why it ended goes into `exit`, where that was not the program's own doing.
    void leader_ended(Session& session, wire::LinkExited& exit);

private:
    bool take_leader(Session& session, pid_t leader);
    void run(Session& session);
    void prepare_soon();
    void refuse_unentered(const Session& session);
    [[nodiscard]] std::string_view reason_of_end(const Session& session, bool signalled) const;

    void attach_deadline(uint32_t number);
    void check_deadline(uint32_t number);
    void look_deadline(uint32_t number);
    void look_why_not(Session& session, Entering& entering);
    void give_up(Session& session);
    void claim_helper(const Session& session, pid_t helper);

    const Parts& parts_;
    WaitingJenter jenter_;
    std::unique_ptr<EventLoop::Timer> prepare_timer_; // of the next jenter
};

} // namespace monitor
