// Which starts, stops and kills of one jail wait for each other or end each other.
#include "pty/error.hpp"
#include "router/monitor/starters.hpp"
#include "tests/unit/monitor_session_rig.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <sys/wait.h>

namespace {

using namespace monitor;
using namespace monitor_test;
using contract::Source;
using contract::Verb;
using jailcore::ReportKind;

class StartersTest : public SessionRig {
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
