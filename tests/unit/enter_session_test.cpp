// Sessions in jails made of real namespaces: what the program that jenter executes finds.
#include "tests/unit/enter_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace {

using enter_test::enter;
using enter_test::Entry;
using enter_test::JailOptions;
using enter_test::on_pipes;
using enter_test::on_terminal;
using enter_test::Outcome;
using enter_test::shell;
using enter_test::TestJail;
using jailcore::ReportKind;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

constexpr const char* subordinate = "0 100000 65536";

class Session : public testing::TestWithParam<std::string> {
protected:
    TestJail jail{JailOptions{.id_map = GetParam()}};
    std::string output_of(const std::string& script) {
        Outcome outcome = enter(jail.pidfd(), shell(script));
        EXPECT_EQ("", outcome.failure());
        return outcome.output;
    }
};

INSTANTIATE_TEST_SUITE_P(Ids, Session, testing::Values("", subordinate), [](const auto& one) {
    return one.param.empty() ? "OfTheHost" : "Subordinate";
});

TEST_P(Session, ReportsTerminalThenEntryThenRuns) {
    Outcome outcome = enter(jail.pidfd(), shell("exit 7"));
    ASSERT_EQ(2U, outcome.reports.size());
    EXPECT_EQ(ReportKind::terminal, outcome.reports[0].kind);
    EXPECT_EQ(ReportKind::entered, outcome.reports[1].kind);
    EXPECT_EQ("", outcome.notice());
    EXPECT_EQ(0, outcome.jenter);
    ASSERT_TRUE(outcome.program);
    EXPECT_EQ(7, WEXITSTATUS(*outcome.program));
}

TEST_P(Session, HasATerminalOfTheJailsOwn) {
    EXPECT_THAT(output_of("tty"), MatchesRegex("/dev/pts/[0-9]+\r\n"));
    EXPECT_THAT(output_of("ps -o tty,comm"), HasSubstr("136,0"));
}

TEST_P(Session, HasItsSizeAtTheFirstInstruction) {
    Entry entry = on_terminal({"stty", "size"});
    entry.mode = {"tty", "33", "111", "5", "6"};
    EXPECT_EQ("33 111\r\n", enter(jail.pidfd(), entry).output);
}

TEST_P(Session, HasJobControl) {
    Entry entry = on_terminal({});
    entry.input = "sh -c 'kill -STOP $$'\njobs\nkill -9 %1; wait; exit 3\nexit 3\n";
    Outcome outcome = enter(jail.pidfd(), entry);
    EXPECT_THAT(outcome.output, Not(HasSubstr("can't access tty")));
    EXPECT_THAT(outcome.output, HasSubstr("Stopped"));
    ASSERT_TRUE(outcome.program);
    EXPECT_EQ(3, WEXITSTATUS(*outcome.program));
}

TEST_P(Session, OwnsItsTerminal) {
    EXPECT_THAT(output_of("stat -c '%u %g %a' $(tty)"), testing::AnyOf("0 5 620\r\n", "0 0 600\r\n"));
    Entry entry = shell("stat -c %u $(tty); echo reopened > /dev/tty; echo again > $(tty)");
    entry.program.user = "alice";
    EXPECT_EQ("1000\r\nreopened\r\nagain\r\n", enter(jail.pidfd(), entry).output);
}

TEST_P(Session, IsInAllNamespacesOfTheJail) {
    std::string expected;
    for (const char* kind : {"mnt", "pid", "uts", "ipc", "net", "user", "cgroup", "time"}) {
        std::array<char, 64> text{};
        std::string path = "/proc/" + std::to_string(jail.pid()) + "/ns/" + kind;
        ASSERT_LT(0, ::readlink(path.c_str(), text.data(), text.size() - 1));
        expected += std::string(text.data()) + "\r\n";
    }
    EXPECT_EQ(expected,
              output_of("for n in mnt pid uts ipc net user cgroup time; do readlink /proc/self/ns/$n; done"));
}

TEST_P(Session, HoldsNoDescriptorButItsThree) {
    pty::UniqueFd secret(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    Entry entry =
        on_terminal({"sh", "-c", "for i in $(seq 0 99); do [ -e /proc/$$/fd/$i ] && echo -n $i; done"});
    entry.extra_fd = secret.get();
    EXPECT_EQ("012", enter(jail.pidfd(), entry).output);
    entry.mode = {"pipe"};
    EXPECT_EQ("012", enter(jail.pidfd(), entry).output);
}

TEST_P(Session, HasACleanEnvironment) {
    Outcome outcome =
        enter(jail.pidfd(), on_terminal({"env"}, {"TERM=xterm", "LANG=de_DE.UTF-8", "EDITOR=vi"}));
    EXPECT_EQ(
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\r\nHOME=/root\r\nUSER=root\r\n"
        "LOGNAME=root\r\nSHELL=/bin/sh\r\nLANG=de_DE.UTF-8\r\nTERM=xterm\r\nEDITOR=vi\r\n",
        outcome.output);
}

TEST_P(Session, HasCleanProcessAttributes) {
    mode_t mask = ::umask(0);
    ::setpriority(PRIO_PROCESS, 0, 3);
    EXPECT_EQ("0022 0\r\n", output_of("echo $(umask) $(cut -d ' ' -f 19 /proc/self/stat)"));
    ::setpriority(PRIO_PROCESS, 0, 0);
    ::umask(mask);
    EXPECT_EQ("0\r\n", output_of("cat /proc/self/oom_score_adj"));
    EXPECT_EQ("1024\r\n", output_of("ulimit -S -n"));
    EXPECT_EQ("CapInh:\t0000000000000000\r\nCapAmb:\t0000000000000000\r\n",
              output_of("grep -E 'CapInh|CapAmb' /proc/self/status"));
    EXPECT_EQ("NoNewPrivs:\t0\r\n", output_of("grep NoNewPrivs /proc/self/status"));
}

TEST_P(Session, RunsTheLoginShellOfTheUser) {
    Entry entry = on_terminal({});
    entry.program.user = "alice";
    entry.input = "echo $0 $(pwd) $(id -u) $(id -g) $(id -G); exit\n";
    EXPECT_THAT(enter(jail.pidfd(), entry).output, HasSubstr("\r\n-sh /home/alice 1000 1000 1000 60\r\n"));
}

TEST_P(Session, TakesADecimalUidWithoutAnEntry) {
    Entry entry = on_terminal({"sh", "-c", "id -u; id -g; id -G; pwd; cat /proc/self/status | grep CapEff"});
    entry.program.user = "4242";
    EXPECT_EQ("4242\r\n4242\r\n4242\r\n/\r\nCapEff:\t0000000000000000\r\n",
              enter(jail.pidfd(), entry).output);
}

TEST_P(Session, RefusesUsersThatAreNone) {
    for (const char* user :
         {"bob", "-1", "4294967295", "0x0", "00", "+0", " 0", "0 ", "-f root", "root\n", "al"}) {
        Entry entry = shell("id");
        entry.program.user = user;
        Outcome outcome = enter(jail.pidfd(), entry);
        bool number = std::string_view(user).find_first_not_of("0123456789") == std::string_view::npos;
        EXPECT_THAT(outcome.failure(),
                    StartsWith(number ? "user: " + std::string(user) + " is no uid; they are 0 to"
                                      : "user: there is no user '"))
            << user;
        EXPECT_FALSE(outcome.program) << user;
    }
}

TEST_P(Session, SaysWhyAProgramDidNotRun) {
    struct Case {
        const char* program;
        int exit_code;
        const char* cause;
    };
    for (const Case& one :
         {Case{"nonesuch", 127, "execute: nonesuch: no such program"},
          Case{"/bin/nonesuch", 127, "execute: /bin/nonesuch: no such program"},
          Case{"etc", 127, "execute: etc: no such program in the jail's PATH (/"},
          Case{"/etc/passwd/x", 127, "execute: /etc/passwd/x: no such program"},
          Case{"/etc/passwd", 126, "execute: /etc/passwd: Permission denied: root may not execute it"},
          Case{"/etc", 126, "execute: /etc: Permission denied: it is a directory"},
          Case{"/dev/null", 126, "execute: /dev/null: Permission denied: it is no regular file"}}) {
        Outcome outcome = enter(jail.pidfd(), on_terminal({one.program}));
        EXPECT_THAT(outcome.failure(), StartsWith(one.cause));
        ASSERT_NE(nullptr, outcome.find(ReportKind::failed));
        EXPECT_EQ(one.exit_code, outcome.find(ReportKind::failed)->exit_code);
    }
}

TEST_P(Session, StartsInTheDirectoryThatWasAskedFor) {
    Entry entry = shell("pwd");
    entry.program.directory = "/home/alice";
    EXPECT_EQ("/home/alice\r\n", enter(jail.pidfd(), entry).output);
    entry.program.directory = "/nonesuch";
    EXPECT_THAT(enter(jail.pidfd(), entry).failure(), StartsWith("directory: /nonesuch: No such file"));
    entry.program.directory = "tmp";
    EXPECT_THAT(enter(jail.pidfd(), entry).failure(), StartsWith("directory: tmp is not absolute"));
}

TEST_P(Session, RefusesWhatIsNoVariable) {
    Entry entry = on_terminal({"true"}, {"A B=c"});
    EXPECT_THAT(enter(jail.pidfd(), entry).failure(), StartsWith("environment: 'A B=c'"));
}

TEST_P(Session, WorksOnPipes) {
    Entry entry =
        on_pipes({"sh", "-c", "cat; echo again > /dev/stdout; echo err > /dev/stderr; tty; exit 5"});
    entry.input = "typed\n";
    for (const char* user : {"", "alice"}) {
        entry.program.user = user;
        Outcome outcome = enter(jail.pidfd(), entry);
        EXPECT_EQ("typed\nagain\nnot a tty\n", outcome.output) << user;
        EXPECT_EQ("err\n", outcome.errors) << user;
        ASSERT_TRUE(outcome.program);
        EXPECT_EQ(5, WEXITSTATUS(*outcome.program));
    }
}

// setns(2) of a process that has no namespaces any more, and whose pidfd does not say yet that it has ended.
TEST_P(Session, IsRefusedWhereTheJailIsDying) {
    Entry entry = shell("true");
    entry.twin = "jenter/setns:1:ESRCH";
    EXPECT_EQ("enter: its process has ended; 'jconsole start web1' starts it again",
              enter(jail.pidfd(), entry).failure());
}

TEST_P(Session, IsRefusedWhereTheJailHasDied) {
    jail.kill();
    EXPECT_THAT(enter(jail.pidfd(), shell("true")).failure(), StartsWith("enter: its process has ended"));
}

} // namespace
