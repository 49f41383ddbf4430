// What a helper that enters a jail may report, and what becomes of the session by it.
#include "router/monitor/consoles.hpp"
#include "tests/unit/monitor_session_rig.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using namespace monitor;
using namespace monitor_test;
using contract::Source;
using contract::Verb;
using jailcore::Report;
using jailcore::ReportKind;

class ConsolesTest : public SessionRig {
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

} // namespace
