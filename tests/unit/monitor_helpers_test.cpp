// The helper of each verb: program, words and descriptors, as jenter(8) and the others take them.
#include "router/monitor/helpers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fcntl.h>
#include <string>
#include <vector>

namespace {

using contract::Verb;
using monitor::Errand;
using monitor::HelperFds;
using Words = std::vector<std::string>;

monitor::Programs some_programs() {
    monitor::Programs programs;
    for (pty::UniqueFd* program : {&programs.inside.jenter, &programs.inside.jinit, &programs.jworker,
                                   &programs.jstarter, &programs.jreader})
        program->reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return programs;
}

const monitor::Programs programs = some_programs();

// Numbers that are no descriptors: nothing is done with them here.
constexpr int output = 1001, error = 1002, reports = 1003, target = 1004, spec = 1005, words = 1006,
              jails = 1007, sessions = 1008, table = 1009;

HelperFds all_fds() {
    HelperFds fds;
    fds.output = output;
    fds.error = error;
    fds.reports = reports;
    fds.target = target;
    fds.spec = spec;
    fds.words = words;
    fds.jails = jails;
    fds.sessions = sessions;
    fds.table = table;
    return fds;
}

Errand errand(Verb verb) {
    Errand errand;
    errand.verb = verb;
    errand.target = "web";
    errand.default_config = "/etc/j.conf";
    errand.jid = 7;
    return errand;
}

pty::Spawn helper_of(const Errand& what) {
    return monitor::helper_of(what, programs, all_fds());
}

TEST(Helpers, NoneHasAnInputAndEachHasTheClientsOutput) {
    for (const contract::VerbRow& verb : contract::verbs) {
        if (verb.helper == contract::Helper::worker || verb.helper == contract::Helper::program)
            continue;
        pty::Spawn helper = helper_of(errand(verb.id));
        ASSERT_GE(helper.fds.size(), 3U) << verb.name;
        EXPECT_EQ((std::vector{-1, output, error}), std::vector(helper.fds.begin(), helper.fds.begin() + 3))
            << verb.name;
        EXPECT_NE(helper.argv.end(), std::ranges::find(helper.argv, verb.name)) << verb.name;
    }
}

TEST(Helpers, OfACheckEntersTheJail) {
    pty::Spawn helper = helper_of(errand(Verb::check));
    EXPECT_EQ(programs.inside.jenter.get(), helper.program);
    EXPECT_EQ((Words{"jenter", "--jail", "web", "check"}), helper.argv);
    EXPECT_EQ((std::vector{-1, output, error, -1, words, target, spec}), helper.fds);
}

TEST(Helpers, ThatWorkOnAJailAreStarters) {
    for (Verb verb : {Verb::start, Verb::stop, Verb::restart, Verb::kill}) {
        pty::Spawn helper = helper_of(errand(verb));
        std::string name(contract::row_of(verb).name);
        EXPECT_EQ(programs.jstarter.get(), helper.program) << name;
        Words expected{"jstarter", name, "web"};
        if (verb != Verb::kill)
            expected.emplace_back("--default-config=/etc/j.conf");
        if (verb == Verb::start || verb == Verb::restart)
            expected.emplace_back("--jid=7");
        EXPECT_EQ(expected, helper.argv) << name;
        EXPECT_EQ((std::vector{-1, output, error, reports, jails, programs.inside.jenter.get(),
                               programs.inside.jinit.get(), target, spec, words, table}),
                  helper.fds)
            << name;
        ASSERT_EQ(1U, helper.environment.size()) << name;
        EXPECT_EQ(0U, helper.environment[0].find("PATH=/")) << name;
    }
}

TEST(Helpers, AreGivenTheConfigurationThatTheClientNamed) {
    Errand named = errand(Verb::stop);
    named.config = "/home/me/j.conf";
    EXPECT_EQ((Words{"jstarter", "stop", "web", "--config=/home/me/j.conf"}), helper_of(named).argv);
}

TEST(Helpers, AreNotToldWhatTheMonitorItselfDoes) {
    Errand kill = errand(Verb::kill);
    kill.forced = true;
    EXPECT_EQ((Words{"jstarter", "kill", "web"}), helper_of(kill).argv);
}

TEST(Helpers, ThatListAreReaders) {
    for (Verb verb : {Verb::ls, Verb::ps, Verb::sessions}) {
        pty::Spawn helper = helper_of(errand(verb));
        EXPECT_EQ(programs.jreader.get(), helper.program);
        EXPECT_EQ((Words{"jreader", std::string(contract::row_of(verb).name), "web"}), helper.argv);
        EXPECT_EQ((std::vector{-1, output, error, reports, jails, sessions, words, table}), helper.fds);
        Errand all = errand(verb);
        all.target.clear();
        EXPECT_EQ((Words{"jreader", std::string(contract::row_of(verb).name)}), helper_of(all).argv);
    }
}

TEST(Helpers, OfAnOrderTrustNobodysConfigurationButRootsWhereRootActsOnIt) {
    Errand order = errand(Verb::order);
    order.target.clear();
    EXPECT_EQ((Words{"jreader", "order", "--default-config=/etc/j.conf"}), helper_of(order).argv);
    order.trusted = true;
    EXPECT_EQ("--trusted", helper_of(order).argv.back());
}

TEST(Helpers, OfTopAsksForWhatItIsShown) {
    Errand top = errand(Verb::top);
    top.target.clear();
    pty::Spawn helper = helper_of(top);
    EXPECT_EQ((Words{"jreader", "top"}), helper.argv);
    EXPECT_EQ((std::vector{-1, output, error, reports, jails, sessions, words, table}), helper.fds);
}

TEST(Helpers, ThatClearUpPrintWhereTheRouterDoes) {
    pty::Spawn helper = monitor::clearing_helper("web", "/etc/j.conf", programs, all_fds());
    EXPECT_EQ((Words{"jstarter", "reap", "web", "--config=/etc/j.conf"}), helper.argv);
    EXPECT_EQ((std::vector{-1, -1, 2, -1, jails, programs.inside.jenter.get(), programs.inside.jinit.get(),
                           target, -1}),
              helper.fds);
}

TEST(Helpers, OfAConsoleGetItsWordsAsAnOrder) {
    EXPECT_EQ("--jail web pipe", monitor::enter_words("web", std::nullopt));
    EXPECT_EQ("--jail pid:7 tty 24 80 640 480",
              monitor::enter_words("pid:7", pty::WindowSize{24, 80, 640, 480}));
    EXPECT_EQ("--jail web look", monitor::look_words("web"));
}

} // namespace
