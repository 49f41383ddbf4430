// A monitor's sessions without a monitor: for tests of what becomes of them.
#pragma once

#include "router/monitor/parts.hpp"
#include "router/monitor/programs.hpp"
#include "router/monitor/workers.hpp"
#include "tests/unit/monitor_rig.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <string>
#include <utility>

namespace monitor_test {

using namespace monitor;

// In the monitor's place: writes down what it is told.
class Ends : public SessionEnds {
public:
    explicit Ends(Sessions& sessions) : sessions_(sessions) {}
    void hang_up(Session& /*session*/) override { told += "hang up;"; }
    void signal_leader(Session& session, int signal) override {
        told += "signal " + std::to_string(session.leader()) + " " + std::to_string(signal) + ";";
    }
    void leader_ended(Session& /*session*/, int /*status*/) override { told += "leader ended;"; }
    void ended(Session& session, const wire::LinkExited& exit) override {
        told += "ended " + std::to_string(exit.value) + ";";
        session.stage = Draining{exit, {}, {}};
    }
    void drop(Session& session) override {
        told += "drop;";
        sessions_.drop(session.number);
    }
    std::string told;

private:
    Sessions& sessions_;
};

inline jailcore::Report report_of(jailcore::ReportKind kind, int32_t pid = 0) {
    jailcore::Report report;
    report.kind = kind;
    report.pid = pid;
    return report;
}

// One that carries a descriptor.
inline pty::Received with_descriptor() {
    pty::Received received;
    received.fds.emplace_back(::open("/dev/null", O_RDWR | O_CLOEXEC));
    return received;
}

// A starter's session, under way.
inline Session& add_work(Sessions& sessions, contract::Verb verb, const std::string& jail, pid_t leader) {
    Session& session = sessions.add();
    session.verb = verb;
    session.target = {contract::Source::ours, jail};
    Running running;
    running.leader = leader;
    running.task = JailWork();
    session.stage = std::move(running);
    return session;
}

// The parts of a monitor that a session needs, and sessions in the stages that tests begin from.
class SessionRig : public testing::Test {
protected:
    SessionRig() {
        children.before_reaping = [] {};
        children.more_may_be_claimed = [] {
            return false;
        };
        reports.on_report = [](auto&, const auto&, auto, auto&) {
            return true;
        };
        reports.on_over = [](auto&) {};
    }

    Session& add_entering(bool terminal) {
        Session& session = sessions.add();
        session.verb = contract::Verb::console;
        session.terminal = terminal;
        session.target = {contract::Source::ours, "web"};
        return session;
    }
    Session& add_work(contract::Verb verb, pid_t leader) {
        return monitor_test::add_work(sessions, verb, "web", leader);
    }

    Folder folder;
    pty::UniqueFd state = folder.open();
    EventLoop loop;
    Programs programs;
    Workers workers{loop, -1, false};
    Children children{loop};
    Sessions sessions{state.get()};
    Jails jails{loop, state.get()};
    Reports reports{loop, sessions};
    Answers answers{workers};
    Ends ends{sessions};
    Parts parts{loop,    children, sessions, jails,         reports,
                answers, ends,     programs, "/etc/j.conf", "look there"};
};

// A leader's number that no process has.
inline constexpr pid_t leader = 0x3ffffff0;

} // namespace monitor_test
