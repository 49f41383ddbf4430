// Sessions: names, stages, the list, what the next router finds of them, and who works on which jail.
#include "jailcore/contract/record.hpp"
#include "jailcore/process_handle.hpp"
#include "router/monitor/jail_work.hpp"
#include "router/monitor/sessions.hpp"
#include "router/monitor/state_file.hpp"
#include "tests/unit/monitor_session_rig.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace monitor;
using contract::Source;
using contract::Target;
using contract::Verb;
using monitor_test::Folder;
using monitor_test::Sleeper;

std::vector<jailcore::SessionRecord> read_records(int memfd) {
    std::vector<jailcore::SessionRecord> records;
    jailcore::SessionRecord record;
    for (off_t at = 0; ::pread(memfd, static_cast<void*>(&record), sizeof record, at) ==
                       static_cast<ssize_t>(sizeof record);
         at += static_cast<off_t>(sizeof record))
        records.push_back(record);
    return records;
}

class SessionsTest : public testing::Test {
protected:
    Session& add(Verb verb, const std::string& jail, wire::Principal owner = wire::Principal(1000)) {
        Session& session = sessions.add();
        session.verb = verb;
        session.target = {Source::ours, jail};
        session.owner = owner;
        return session;
    }
    Session& add_console(const std::string& jail, pid_t leader = 4711, uint64_t start = 5) {
        Session& session = add(Verb::console, jail);
        Running running;
        running.leader = leader;
        running.leader_start = start;
        session.stage = std::move(running);
        sessions.name(session);
        return session;
    }
    Session& add_work(Verb verb, const std::string& jail, pid_t leader = 4712) {
        Session& session = monitor_test::add_work(sessions, verb, jail, leader);
        session.owner = wire::Principal(1000);
        return session;
    }

    Folder folder;
    pty::UniqueFd state = folder.open();
    Sessions sessions{state.get()};
};

TEST_F(SessionsTest, NoNameIsGivenTwice) {
    std::set<std::string> names;
    for (int i = 0; i < 3; ++i) {
        Session& session = add_console("web");
        EXPECT_TRUE(names.insert(session.name).second) << session.name;
        sessions.drop(session.number);
    }
    EXPECT_TRUE(sessions.empty());
    EXPECT_EQ((std::set<std::string>{"web:1", "web:2", "web:3"}), names);
    EXPECT_EQ("db:1", add_console("db").name) << "each jail has its own count";
    EXPECT_EQ("web:4", add_console("web").name);
}

TEST_F(SessionsTest, BelongToTheirOwners) {
    Session& session = add(Verb::console, "web", wire::Principal(1000));
    EXPECT_EQ(&session, sessions.find(session.number, wire::Principal(1000)));
    EXPECT_EQ(nullptr, sessions.find(session.number, wire::Principal(1001)));
    EXPECT_EQ(nullptr, sessions.find(session.number + 1));
}

TEST_F(SessionsTest, SnapshotHasTheConsolesThatHaveBeenOpenedAndAreAlive) {
    Session& running = add_console("web", 11);
    running.connection = 3;
    Session& left = add_console("web", 12, 77);
    HangingUp hanging;
    hanging.leader = 12;
    hanging.leader_start = 77;
    left.stage = std::move(hanging);
    Session& never = add(Verb::console, "web");
    HangingUp unopened;
    unopened.leader = 13;
    never.stage = std::move(unopened);
    add_console("web").stage = Draining{};
    add(Verb::console, "web").stage = Entering{};
    add_work(Verb::start, "web");

    auto records = read_records(sessions.snapshot().get());
    ASSERT_EQ(2U, records.size());
    EXPECT_EQ(11, records[0].pid);
    EXPECT_EQ(1U, records[0].number);
    EXPECT_EQ(1U, records[0].attached);
    EXPECT_EQ(1000U, records[0].owner);
    EXPECT_EQ("web", pty::get_text(records[0].name));
    EXPECT_EQ(12, records[1].pid);
    EXPECT_EQ(2U, records[1].number);
    EXPECT_EQ(77U, records[1].start_time);
    EXPECT_EQ(0U, records[1].attached);
}

TEST_F(SessionsTest, OfAnEarlierRouterAreEndedAndNobodyElse) {
    Sleeper ended, other;
    uint64_t start = jailcore::start_time(ended.pid()).value();
    sessions.record(add_console("web", ended.pid(), start));
    sessions.record(add_console("web", other.pid(), jailcore::start_time(other.pid()).value() + 1));
    Session& gone = add_console("web", ::getpid(), jailcore::start_time(::getpid()).value());
    sessions.record(gone);
    sessions.forget_record(gone);
    EXPECT_EQ(2U, list_state(state.get(), ".session").size());

    Sessions(state.get()).end_recorded();
    siginfo_t info{};
    ASSERT_EQ(0, ::waitid(P_PID, static_cast<id_t>(ended.pid()), &info, WEXITED | WNOWAIT));
    EXPECT_EQ(SIGKILL, info.si_status);
    EXPECT_EQ(0, ::kill(other.pid(), 0));
    info = {};
    EXPECT_EQ(0, ::waitid(P_PID, static_cast<id_t>(other.pid()), &info, WEXITED | WNOWAIT | WNOHANG));
    EXPECT_EQ(0, info.si_pid) << "it has the number of a leader, and began at another time";
    EXPECT_TRUE(list_state(state.get(), ".session").empty());
}

TEST_F(SessionsTest, AStageHasTheLeaderAndTheTaskThatItCanHave) {
    Session& session = add_work(Verb::stop, "web", 21);
    EXPECT_EQ(21, session.leader());
    ASSERT_NE(nullptr, session.task<JailWork>());
    EXPECT_EQ(nullptr, session.task<Live>());
    EXPECT_EQ(&session.task<JailWork>()->reports, session.reports());
    session.forget_leader();
    EXPECT_EQ(-1, session.leader());
    session.stage = Draining{};
    EXPECT_EQ(-1, session.leader());
    EXPECT_EQ(nullptr, session.task<JailWork>());
    EXPECT_EQ(nullptr, session.reports());
    Entering entering;
    entering.helper = 22;
    session.stage = std::move(entering);
    session.forget_helper(23);
    EXPECT_EQ(22, session.in<Entering>()->helper);
    session.forget_helper(22);
    EXPECT_EQ(-1, session.in<Entering>()->helper);
}

TEST(JailWork, OfOneJailIsDoneByOneHelperButForWhatEndsIt) {
    const Verb verbs[] = {Verb::start, Verb::stop, Verb::restart, Verb::kill};
    for (Verb under_way : verbs) {
        auto waits = [under_way](Verb verb) {
            return row_of(verb).waits_for.has(under_way);
        };
        auto ends = [under_way](Verb verb) {
            return row_of(verb).ends.has(under_way);
        };
        SCOPED_TRACE(row_of(under_way).name);
        EXPECT_TRUE(waits(Verb::start));
        EXPECT_TRUE(waits(Verb::restart));
        EXPECT_EQ(under_way != Verb::start, waits(Verb::stop));
        EXPECT_FALSE(waits(Verb::kill));

        EXPECT_FALSE(ends(Verb::start));
        EXPECT_FALSE(ends(Verb::restart));
        EXPECT_EQ(under_way == Verb::start, ends(Verb::stop));
        EXPECT_EQ(under_way != Verb::kill, ends(Verb::kill));
    }
    for (const contract::VerbRow& verb : contract::verbs)
        EXPECT_EQ(std::ranges::find(verbs, verb.id) != std::end(verbs), verb.changes_jail()) << verb.name;
}

TEST_F(SessionsTest, WhoEndsAJailIsWhoseHelperIsAtWorkOnIt) {
    EXPECT_EQ(nullptr, ender_of(sessions, "web"));
    Session& start = add_work(Verb::start, "web");
    add_work(Verb::stop, "db");
    add_console("web");
    EXPECT_EQ(nullptr, ender_of(sessions, "web")) << "a start ends nothing";
    Session& stop = add_work(Verb::stop, "web");
    EXPECT_EQ(&stop, ender_of(sessions, "web"));
    stop.forget_leader();
    EXPECT_EQ(nullptr, ender_of(sessions, "web"));
    EXPECT_EQ(&start, at_work_on(sessions, "web", [](const contract::VerbRow&) {
        return true;
    }));
}

TEST_F(SessionsTest, ConsolesOfAJailThatGoesAreHungUpAndToldWhy) {
    Sleeper with_terminal, with_pipes, elsewhere;
    Session& terminal = add_console("web", with_terminal.pid());
    terminal.terminal = true;
    Session& pipes = add_console("web", with_pipes.pid());
    Session& other = add_console("db", elsewhere.pid());
    other.terminal = true;
    hang_consoles_up(sessions, add_work(Verb::stop, "web"));
    siginfo_t info{};
    ASSERT_EQ(0, ::waitid(P_PID, static_cast<id_t>(with_terminal.pid()), &info, WEXITED | WNOWAIT));
    EXPECT_EQ(SIGHUP, info.si_status);
    int status = 0;
    EXPECT_EQ(0, ::waitpid(with_pipes.pid(), &status, WNOHANG)) << "it has no terminal";
    EXPECT_EQ(0, ::waitpid(elsewhere.pid(), &status, WNOHANG)) << "it is in another jail";
    EXPECT_EQ("the jail was stopped", terminal.end_reason);
    EXPECT_EQ("the jail was stopped", pipes.end_reason);
    EXPECT_EQ("", other.end_reason);
}

TEST(Target, IsAJailOfOursOrAProcess) {
    auto jail = Target::from_text("web");
    ASSERT_TRUE(jail);
    EXPECT_EQ(Source::ours, jail->source);
    auto process = Target::from_text("pid:12");
    ASSERT_TRUE(process);
    EXPECT_EQ(Source::process, process->source);
    EXPECT_EQ("pid:12", process->name);
    for (const char* none : {"", "-web", "a:1", "pid:", "pid:x", "a/b"})
        EXPECT_FALSE(Target::from_text(none)) << none;
}

} // namespace
