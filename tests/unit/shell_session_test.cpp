#include "shell/command/request.hpp"
#include "shell/relay/relay_signals.hpp"
#include "shell/report.hpp"

#include <csignal>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using shell::TerminalWish;

TEST(Terminal, IsGivenAsSshGivesIt) {
    const struct {
        TerminalWish wish;
        bool command, input, expected;
    } cases[] = {
        {TerminalWish::automatic, false, true, true},  {TerminalWish::automatic, false, false, false},
        {TerminalWish::automatic, true, true, false},  {TerminalWish::automatic, true, false, false},
        {TerminalWish::forced, true, true, true},      {TerminalWish::forced, false, false, true},
        {TerminalWish::forbidden, false, true, false}, {TerminalWish::forbidden, true, false, false},
    };
    for (const auto& row : cases)
        EXPECT_EQ(row.expected, shell::wants_terminal(row.wish, row.command, row.input))
            << static_cast<int>(row.wish) << row.command << row.input;
}

TEST(Environment, OnlyTheTerminalAndTheLanguageGoAlong) {
    std::vector<std::string> expected{"TERM=xterm", "LANG=de_DE.UTF-8", "LC_ALL=C",
                                      "LC_TIME=", "LC_CTYPE=\xff"};
    EXPECT_EQ(expected, shell::forwarded_environment(
                            {"HOME=/root", "TERM=xterm", "TERMCAP=x", "LANG=de_DE.UTF-8", "LANGUAGE=de",
                             "LC_ALL=C", "LC_TIME=", "LC_\xff=1", "LC_CTYPE=\xff", "PATH=/bin", "XLC_A=1"}));
}

TEST(Report, IsOneLineWithoutEmptyParts) {
    EXPECT_EQ("jconsole: web1: enter: no such jail; jconsole ls lists them",
              shell::error_line({"web1", "enter", "no such jail", "jconsole ls lists them"}));
    EXPECT_EQ("jconsole: no such jail", shell::error_line({"", "", "no such jail", ""}));
    EXPECT_EQ("jconsole: a\\x1bb: c\\x0ad", shell::error_line({"a\033b", "c\nd", "", ""}));
}

TEST(Signals, ASecondInterruptAtOnceInsists) {
    using namespace std::chrono_literals;
    shell::Insistence insistence;
    shell::Insistence::Clock::time_point start{};
    EXPECT_FALSE(insistence.repeated(SIGTERM, start));
    EXPECT_FALSE(insistence.repeated(SIGINT, start + 1s));
    EXPECT_FALSE(insistence.repeated(SIGINT, start + 5s));
    EXPECT_FALSE(insistence.repeated(SIGTERM, start + 5500ms));
    EXPECT_TRUE(insistence.repeated(SIGINT, start + 6s));
}

TEST(Signals, AreNamedAsTheProtocolNamesThem) {
    EXPECT_EQ("INT", shell::forwarded_name(SIGINT));
    EXPECT_EQ("USR2", shell::forwarded_name(SIGUSR2));
    EXPECT_EQ("", shell::forwarded_name(SIGWINCH));
}

} // namespace
