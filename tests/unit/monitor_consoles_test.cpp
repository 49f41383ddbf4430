// What a helper that enters a jail may report, and what becomes of the session by it.
#include "pty/error.hpp"
#include "router/monitor/consoles.hpp"
#include "router/monitor/starters.hpp"
#include "tests/unit/monitor_rig.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/wait.h>
#include <utility>

namespace {

using namespace monitor;
using contract::Source;
using contract::Verb;
using jailcore::Report;
using jailcore::ReportKind;
using monitor_test::Folder;

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

Report report_of(ReportKind kind, int32_t pid = 0) {
    Report report;
    report.kind = kind;
    report.pid = pid;
    return report;
}

// One that carries a descriptor.
pty::Received with_descriptor() {
    pty::Received received;
    received.fds.emplace_back(::open("/dev/null", O_RDWR | O_CLOEXEC));
    return received;
}

class Verbs : public testing::Test {
protected:
    Verbs() {
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
        session.verb = Verb::console;
        session.terminal = terminal;
        session.target = {Source::ours, "web"};
        return session;
    }
    Session& add_work(Verb verb, pid_t leader) {
        Session& session = sessions.add();
        session.verb = verb;
        session.target = {Source::ours, "web"};
        Running running;
        running.leader = leader;
        running.task = JailWork();
        session.stage = std::move(running);
        return session;
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

class ConsolesTest : public Verbs {
protected:
    bool report(Session& session, const Report& report) {
        pty::Received received;
        return consoles.take_report(session, report, received);
    }
    bool report_terminal(Session& session) {
        pty::Received received = with_descriptor();
        return consoles.take_report(session, report_of(ReportKind::terminal), received);
    }
    Consoles consoles{parts};
};

// A leader's number that no process has.
constexpr pid_t leader = 0x3ffffff0;

TEST_F(ConsolesTest, ATerminalComesOnceAndBeforeTheProgram) {
    Session& session = add_entering(true);
    EXPECT_FALSE(report(session, report_of(ReportKind::terminal))) << "without a descriptor";
    EXPECT_TRUE(report_terminal(session));
    EXPECT_FALSE(report_terminal(session)) << "twice";
    Session& entered = add_entering(true);
    EXPECT_TRUE(report(entered, report_of(ReportKind::entered, leader)));
    EXPECT_FALSE(report_terminal(entered)) << "a program may have stolen the socket";
    EXPECT_FALSE(report_terminal(add_entering(false))) << "it has pipes";
}

TEST_F(ConsolesTest, ALeaderIsNamedOnce) {
    Session& session = add_entering(false);
    EXPECT_FALSE(report(session, report_of(ReportKind::entered, 0)));
    EXPECT_FALSE(report(session, report_of(ReportKind::entered, -1))) << "all that we may signal";
    EXPECT_TRUE(report(session, report_of(ReportKind::entered, leader)));
    EXPECT_FALSE(report(session, report_of(ReportKind::entered, leader + 1)));
    EXPECT_EQ(leader, session.leader());
    session.in<Entering>()->leader = -1;
    session.in<Entering>()->exit = wire::LinkExited();
    EXPECT_FALSE(report(session, report_of(ReportKind::entered, leader + 1))) << "it has had one";
}

TEST_F(ConsolesTest, AJailIsNothingThatItMayReport) {
    Session& session = add_entering(true);
    for (ReportKind kind : {ReportKind::created, ReportKind::removed, ReportKind::ending})
        EXPECT_FALSE(report(session, report_of(kind)));
}

TEST_F(ConsolesTest, RunsWhereEverythingHasCome) {
    Session& session = add_entering(true);
    report_terminal(session);
    report(session, report_of(ReportKind::entered, leader));
    consoles.reports_over(session);
    ASSERT_NE(nullptr, session.in<Running>());
    EXPECT_EQ("web:1", session.name);
    EXPECT_TRUE(session.in<Running>()->master);
    EXPECT_TRUE(session.in<Running>()->ring);
    EXPECT_EQ("", ends.told);
}

TEST_F(ConsolesTest, AProgramThatHasEndedByThenIsToldOfAfterItsSession) {
    Session& session = add_entering(false);
    wire::LinkExited exit;
    exit.value = 7;
    session.in<Entering>()->exit = exit;
    consoles.reports_over(session);
    EXPECT_EQ("web:1", session.name);
    EXPECT_EQ("ended 7;", ends.told);
}

TEST_F(ConsolesTest, IsDroppedAndHasNoNameWhereItCouldNotEnter) {
    consoles.reports_over(add_entering(true)); // its helper was killed
    Session& failed = add_entering(true);
    EXPECT_TRUE(report(failed, report_of(ReportKind::failed)));
    EXPECT_FALSE(report(failed, report_of(ReportKind::failed))) << "twice";
    consoles.reports_over(failed);
    EXPECT_EQ("drop;drop;", ends.told);
    EXPECT_TRUE(sessions.empty());
    Session& next = add_entering(false);
    report(next, report_of(ReportKind::entered, leader));
    consoles.reports_over(next);
    EXPECT_EQ("web:1", next.name);
}

TEST_F(ConsolesTest, WhatCouldNotExecuteItsProgramIsWaitedFor) {
    Session& session = add_entering(false);
    report(session, report_of(ReportKind::entered, leader));
    report(session, report_of(ReportKind::failed));
    consoles.reports_over(session);
    ASSERT_NE(nullptr, session.in<HangingUp>());
    EXPECT_EQ(leader, session.leader());
    EXPECT_EQ("", ends.told);
}

TEST_F(ConsolesTest, WhoseClientHasLeftIsHungUpOnceItIsThere) {
    Session& session = add_entering(true);
    session.stage = HangingUp();
    EXPECT_TRUE(report_terminal(session)) << "nobody wants it, and it is no fault";
    EXPECT_TRUE(report(session, report_of(ReportKind::entered, leader)));
    consoles.reports_over(session);
    EXPECT_EQ("signal " + std::to_string(leader) + " 1;", ends.told);
    ends.told.clear();
    Session& nothing = add_entering(true);
    nothing.stage = HangingUp();
    consoles.reports_over(nothing);
    EXPECT_EQ("drop;", ends.told);
}

TEST_F(ConsolesTest, EndsForTheReasonThatIsDoneToItsJail) {
    Session& session = add_entering(false);
    wire::LinkExited exit;
    consoles.leader_ended(session, exit);
    EXPECT_STREQ("", exit.reason) << "its own status";
    exit.signalled = 1;
    consoles.leader_ended(session, exit);
    EXPECT_STREQ("the jail has ended", exit.reason) << "there is none of that name";
    Session& stop = add_work(Verb::stop, leader);
    consoles.leader_ended(session, exit);
    EXPECT_STREQ("the jail was stopped", exit.reason) << "exec.stop may kill some";
    stop.verb = Verb::kill;
    consoles.leader_ended(session, exit);
    EXPECT_STREQ("the jail was killed", exit.reason);
    session.target = {Source::process, "pid:1"};
    consoles.leader_ended(session, exit);
    EXPECT_STREQ("", exit.reason) << "not of our jails";
}

class StartersTest : public Verbs {
protected:
    Errand errand_of(const Session& session) {
        Errand errand;
        errand.verb = session.verb;
        errand.target = session.target.name;
        return errand;
    }
    Starters starters{parts, state.get(), folder.path()};
};

TEST_F(StartersTest, OneThatHasToWaitIsToldForWhom) {
    add_work(Verb::start, leader);
    Session& second = sessions.add();
    second.verb = Verb::start;
    second.target = {Source::ours, "web"};
    try {
        starters.open(second, errand_of(second), {}, -1);
        FAIL() << "two starts";
    } catch (const Refusal& refusal) {
        EXPECT_EQ("a start of it is under way", refusal.cause);
        EXPECT_NE(std::string::npos, refusal.mend.find(std::to_string(leader))) << refusal.mend;
    }
}

// A process that is told to end, and of which nobody is left to clear up behind: there is no program for
// that.
TEST_F(StartersTest, AKillOfAJailThatIsNotThereEndsTheStartOfItAndIsOverWithThat) {
    monitor_test::Sleeper process;
    Session& start = add_work(Verb::start, process.pid());
    Session& kill = sessions.add();
    kill.verb = Verb::kill;
    kill.target = {Source::ours, "web"};
    starters.open(kill, errand_of(kill), {}, -1);
    ASSERT_NE(nullptr, kill.task<Kill>());
    siginfo_t info{};
    ASSERT_EQ(0, ::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED | WNOWAIT));
    EXPECT_EQ(SIGTERM, info.si_status);
    EXPECT_EQ("", ends.told) << "not before the start has ended";
    wire::LinkExited exit;
    exit.value = 143;
    EXPECT_TRUE(starters.leader_ended(start, exit));
    EXPECT_EQ("ended 0;", ends.told);
}

TEST_F(StartersTest, AKillWithoutAJailAndWithoutAStartHasNothingToEnd) {
    Session& kill = sessions.add();
    kill.verb = Verb::kill;
    kill.target = {Source::ours, "web"};
    EXPECT_THROW(starters.open(kill, errand_of(kill), {}, -1), pty::StepError) << "there is no program";
}

TEST_F(StartersTest, WhatAHelperSaysOfItsJailIsWhatItsConsolesEndBy) {
    Session& console = add_entering(true);
    Session& stop = add_work(Verb::stop, leader);
    pty::Received received;
    EXPECT_TRUE(starters.take_report(stop, report_of(ReportKind::removed), {}, received));
    EXPECT_EQ("the jail was stopped", console.end_reason);
    for (ReportKind kind : {ReportKind::terminal, ReportKind::entered, ReportKind::failed})
        EXPECT_FALSE(starters.take_report(stop, report_of(kind), {}, received)) << "a jenter's";
    EXPECT_FALSE(starters.take_report(stop, report_of(ReportKind::created), {}, received)) << "no record";
}

} // namespace
