// Starting and ending jails: who does so now, who has to wait for whom, what the helpers of it report, and
// what is cleared up behind them.
#pragma once

#include "router/monitor/left_starters.hpp"
#include "router/monitor/parts.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace monitor {

class Starters {
public:
    // `state`: the directory to keep records in, and where that is; it must outlive this.
    Starters(const Parts& parts, int state, std::string state_path);

    // What an earlier router left: its jails, and starters that go on without it.
    void load();

    // `words`: that the client wrote. `table`: of the configuration, -1: there is none; the helper takes it
    // where the words say so. Throws Refusal and pty::StepError.
    void open(Session& session, Errand errand, const pty::UniqueFd& words, int table);

    // False where it is not one that this helper may make now.
    bool take_report(Session& session, const jailcore::Report& report, std::span<const char> bytes,
                     pty::Received& received);
    // False: there is something to clear up behind it, which leads the session from now on. Otherwise `exit`
    // becomes what its client is told.
    bool leader_ended(Session& session, wire::LinkExited& exit);

    // Its first process has ended.
    void jail_ended(const std::string& jail);

private:
    struct Rival {
        contract::Verb verb{};
        pid_t starter = 0;
    };
    [[nodiscard]] std::optional<Rival> rival_of(const Session& session) const;
    [[nodiscard]] bool is_at_work_on(std::string_view jail) const;

    void start(Session& session, const Errand& errand, const pty::UniqueFd& words, int table);
    bool end_work(Session& ender);
    void kill_here(Session& session, Pipes theirs, const Pipes& ours);
    void end_kills_of(const std::string& jail, bool of_starter);
    void killed(Session& session, std::string_view outcome, int status);

    bool take_jail(const Session& session, std::span<const char> bytes, pty::Received& received);
    std::string keep_jail(const Session& session, const jailcore::JailRecord& record,
                          pty::Received& received);
    void settle(const Session& session, bool failed);
    void left_starter_ended(const std::string& jail);
    bool clear_up_behind(Session& session, const wire::LinkExited& exit);
    void clear_up(const std::string& jail);
    void clear_up_left();
    pid_t spawn_clearing(const std::string& jail);

    const Parts& parts_;
    std::string state_path_;
    LeftStarters left_starters_;
    std::set<std::string> uncleared_;               // jails whose remains are still there
    std::unique_ptr<EventLoop::Timer> clear_timer_; // of a next try to remove them
};

} // namespace monitor
