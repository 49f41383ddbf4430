// Jails of other shapes than the usual one, and entering them without privilege.
#include "pty/error.hpp"
#include "tests/unit/enter_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using enter_test::as_user;
using enter_test::enter;
using enter_test::Entry;
using enter_test::JailOptions;
using enter_test::on_pipes;
using enter_test::Outcome;
using enter_test::shell;
using enter_test::TestJail;
using enter_test::write_file;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr uid_t unprivileged = 54321;
constexpr const char* only_root = "0 54321 1";
constexpr const char* terminal_line = "/dev/pts/[0-9]+\r\n";

Outcome examine(const TestJail& jail) {
    Entry entry;
    entry.mode = {"check"};
    return enter(jail.pidfd(), entry);
}

TEST(Place, ChrootInTheHostsMountNamespace) {
    EXPECT_TRUE(as_user(0, [] {
        ASSERT_EQ(0, ::unshare(CLONE_NEWNS));
        ASSERT_EQ(0, ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
        JailOptions options;
        options.namespaces = CLONE_NEWUTS;
        options.chroot = true;
        TestJail jail(options);
        EXPECT_EQ("ptmx: ok\n", examine(jail).output);
        Outcome outcome = enter(jail.pidfd(), shell("tty; pwd; echo /*; cd ..; pwd"));
        EXPECT_EQ("/dev/pts/0\r\n/root\r\n/bin /dev /etc /home /proc /root /tmp\r\n/\r\n", outcome.output);
    }));
}

class HostRoot : public testing::TestWithParam<JailOptions> {};

JailOptions host_root(int namespaces, const char* map = "", std::function<void()> prepare = {}) {
    JailOptions options;
    options.namespaces = namespaces;
    options.id_map = map;
    options.own_root = false;
    options.prepare = std::move(prepare);
    return options;
}

INSTANTIATE_TEST_SUITE_P(Kinds, HostRoot,
                         testing::Values(host_root(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS),
                                         host_root(CLONE_NEWNET), host_root(CLONE_NEWNS, "0 100000 65536"),
                                         host_root(CLONE_NEWNS, "", [] {
                                             ::mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666");
                                         })));

TEST_P(HostRoot, HasTerminals) {
    TestJail jail(GetParam());
    Outcome outcome = enter(jail.pidfd(), shell("tty"));
    EXPECT_EQ("", outcome.failure());
    EXPECT_EQ("", outcome.notice());
    // With ids of its own the jail's root may not enter the host's /root.
    EXPECT_THAT(outcome.output,
                MatchesRegex("(jconsole: [^\r]*: home of root: [^\r]*\r\n)?" + std::string(terminal_line)));
}

TEST_P(HostRoot, IsUsableWithAWarning) {
    TestJail jail(GetParam());
    Outcome outcome = examine(jail);
    EXPECT_THAT(outcome.output, StartsWith("ptmx: host's /dev: "));
    EXPECT_EQ(0, WEXITSTATUS(outcome.jenter));
}

TEST(Place, HostRootIsNotMended) {
    EXPECT_TRUE(as_user(0, [] { // the host is one of our own making here
        ASSERT_EQ(0, ::unshare(CLONE_NEWNS));
        ASSERT_EQ(0, ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
        ASSERT_EQ(0, ::mount("/dev/null", "/dev/ptmx", nullptr, MS_BIND, nullptr));
        TestJail jail(host_root(CLONE_NEWNET));
        Entry entry;
        entry.mode = {"check"};
        entry.program.argv = {"--repair"};
        Outcome outcome = enter(jail.pidfd(), entry);
        EXPECT_THAT(outcome.output, HasSubstr("tried: its /dev is the host's own"));
        EXPECT_EQ(1, WEXITSTATUS(outcome.jenter));
    }));
}

TEST(Place, UserNamespaceWithoutSuperuser) {
    TestJail jail(host_root(CLONE_NEWNS | CLONE_NEWPID, "1000 1000 1"));
    Outcome outcome = enter(jail.pidfd(), shell("tty; id -u; id -g"));
    EXPECT_EQ("", outcome.failure());
    EXPECT_THAT(outcome.output, MatchesRegex("/dev/pts/[0-9]+\r\n1000\r\n1000\r\n"));
    EXPECT_EQ("1000\n", enter(jail.pidfd(), on_pipes({"id", "-u"})).output);
    Entry entry = shell("id -u");
    entry.program.user = "0";
    EXPECT_THAT(enter(jail.pidfd(), entry).failure(), StartsWith("user: root has no id"));
}

TEST(Rootless, WorksInASingleIdNamespace) {
    EXPECT_TRUE(as_user(unprivileged, [] {
        JailOptions options;
        options.id_map = only_root;
        TestJail jail(options);
        Outcome outcome =
            enter(jail.pidfd(), shell("tty; id -u; stat -c '%u %g %a' $(tty); exec 3<>/dev/ptmx; exit 4"));
        EXPECT_EQ("", outcome.failure());
        EXPECT_EQ("", outcome.notice());
        EXPECT_EQ("/dev/pts/0\r\n0\r\n0 0 600\r\n", outcome.output);
        EXPECT_EQ(4, WEXITSTATUS(outcome.program.value_or(0)));
        EXPECT_EQ("ptmx: ok\n", examine(jail).output);
        Entry pipes = on_pipes({"sh", "-c", "cat; echo x > /dev/stderr"});
        pipes.input = "in";
        Outcome piped = enter(jail.pidfd(), pipes);
        EXPECT_EQ("in", piped.output);
        EXPECT_EQ("x\n", piped.errors);
    }));
}

TEST(Rootless, RefusesOtherUsersInOneLine) {
    EXPECT_TRUE(as_user(unprivileged, [] {
        JailOptions options;
        options.id_map = only_root;
        TestJail jail(options);
        Entry entry = shell("id");
        entry.program.user = "alice";
        EXPECT_EQ(
            "user: alice has no id in the jail's user namespace; this jail has one user only; leave -u out",
            enter(jail.pidfd(), entry).failure());
    }));
}

TEST(Rootless, MendsAndFallsBackToOlderKernels) {
    EXPECT_TRUE(as_user(unprivileged, [] {
        JailOptions options;
        options.id_map = only_root;
        options.prepare = [] {
            ::umount2("/dev/pts", MNT_DETACH);
        };
        TestJail jail(options);
        Entry entry;
        entry.mode = {"check"};
        entry.program.argv = {"--repair"};
        entry.twin = "statmount:*:ENOSYS";
        Outcome outcome = enter(jail.pidfd(), entry);
        EXPECT_EQ(0, WEXITSTATUS(outcome.jenter)) << outcome.output << outcome.failure();
        EXPECT_THAT(enter(jail.pidfd(), shell("tty")).output, MatchesRegex(terminal_line));
    }));
}

TEST(Rootless, MayNotEnterTheJailOfAnother) {
    TestJail jail;
    EXPECT_TRUE(as_user(unprivileged, [&] {
        EXPECT_THAT(enter(jail.pidfd(), shell("id")).failure(), StartsWith("enter: its process "));
    }));
}

TEST(Rootless, MayNotEnterTheNamespacesOfTheHost) {
    constexpr const char* refusal =
        "enter: its process is in no user namespace of the user whose router this is; "
        "only the router of root can enter it: run jconsole as root";
    EXPECT_TRUE(as_user(unprivileged, [&] {
        JailOptions options = host_root(0);
        options.devices = false;
        TestJail host(options);
        EXPECT_EQ(refusal, enter(host.pidfd(), shell("id")).failure());
        EXPECT_EQ(refusal, enter(host.pidfd(), on_pipes({"id"})).failure());
        Entry as_himself = on_pipes({"id"});
        as_himself.program.user = std::to_string(unprivileged);
        EXPECT_EQ(refusal, enter(host.pidfd(), as_himself).failure());
    }));
}

TEST(Place, PasswdThatIsNone) {
    struct Case {
        const char* name;
        std::function<void()> make;
        const char* failure;
    };
    const Case cases[] = {
        {"fifo",
         [] {
             ::mkfifo("/etc/passwd", 0666);
         },
         "read: /etc/passwd is not a regular file"},
        {"device",
         [] {
             ::symlink("/dev/zero", "/etc/passwd");
         },
         "read: /etc/passwd is not a regular file"},
        {"kernel's messages",
         [] {
             ::symlink("/proc/kmsg", "/etc/passwd");
         },
         "read: /etc/passwd lies on proc, which holds no files"},
        {"terminal of the jail",
         [] {
             ::symlink("/dev/pts/ptmx", "/etc/passwd");
         },
         "read: /etc/passwd lies on devpts, which holds no files"},
        {"loop",
         [] {
             ::symlink("passwd", "/etc/passwd");
         },
         "read: /etc/passwd: Too many levels"},
        {"proc",
         [] {
             ::symlink("/proc/1/root/etc/passwd", "/etc/passwd");
         },
         "read: /etc/passwd: Too many levels"},
        {"huge",
         [] {
             write_file("/etc/passwd", "");
             ::truncate("/etc/passwd", off_t{1} << 40);
         },
         "read: /etc/passwd is not a regular file"},
        {"out",
         [] {
             ::symlink("../../../../../etc/shadow", "/etc/passwd");
         },
         ""}, // the jail has none
        {"absent", [] {}, ""},
    };
    for (const Case& one : cases) {
        JailOptions options;
        options.prepare = [&] {
            ::unlink("/etc/passwd");
            one.make();
        };
        TestJail jail(options);
        Outcome outcome = enter(jail.pidfd(), shell("echo $USER $HOME $SHELL"));
        EXPECT_THAT(outcome.failure(), StartsWith(one.failure)) << one.name;
        EXPECT_EQ(one.failure[0] == '\0', outcome.ran()) << one.name;
        if (one.failure[0] == '\0') {
            EXPECT_EQ("root / /bin/sh\r\n", outcome.output);
        }
    }
}

TEST(Place, TermThatTheJailDoesNotKnow) {
    JailOptions options;
    options.prepare = [] {
        for (const char* folder : {"/usr", "/usr/share", "/usr/share/terminfo", "/usr/share/terminfo/x",
                                   "/lib", "/lib/terminfo", "/lib/terminfo/73"})
            ::mkdir(folder, 0755);
        write_file("/usr/share/terminfo/x/xterm", "");
        write_file("/lib/terminfo/73/screen", "");
    };
    TestJail jail(options);
    auto session = [&](const char* term) {
        return enter(jail.pidfd(),
                     enter_test::on_terminal({"sh", "-c", "echo $TERM"}, {std::string("TERM=") + term}));
    };
    EXPECT_EQ("screen\r\n", session("screen").output);
    EXPECT_EQ("", session("screen").notice());
    for (const char* unknown : {"xterm-kitty", "../x/xterm", ".", "", "a b"})
        EXPECT_EQ("xterm\r\n", session(unknown).output) << unknown;
    EXPECT_EQ("the jail knows no terminal 'xterm-kitty'; TERM is xterm there",
              session("xterm-kitty").notice());
}

TEST(Place, CheckOfADeadJailTellsTheUser) {
    TestJail jail;
    jail.kill();
    Entry entry;
    entry.mode = {"check"};
    entry.silent = true;
    Outcome outcome = enter(jail.pidfd(), entry);
    EXPECT_EQ("jconsole: web1: enter: its process has ended; 'jconsole start web1' starts it again\n",
              outcome.errors);
    EXPECT_EQ(255, WEXITSTATUS(outcome.jenter));
}

TEST(Place, WhatTheJailWroteIsShownEscaped) {
    JailOptions options;
    options.prepare = [] {
        write_file("/etc/passwd", "root:x:0:0::/:/bin/\x1b[2Jsh\n");
        ::unlink("/dev/ptmx");
        ::symlink("\x1b]0;title\a", "/dev/ptmx");
    };
    ::umask(022);
    TestJail jail(options);
    Outcome outcome = enter(jail.pidfd(), enter_test::on_terminal({}));
    EXPECT_THAT(outcome.failure(),
                StartsWith("execute: the login shell of root: /bin/\\x1b[2Jsh: no such program"));
    EXPECT_THAT(outcome.notice(), StartsWith("/dev/ptmx is a link to \\x1b]0;title\\x07,"));
    EXPECT_THAT(examine(jail).output,
                StartsWith("ptmx: dangling link: /dev/ptmx is a link to \\x1b]0;title\\x07,"));
}

TEST(Place, ShellOrHomeThatIsGone) {
    TestJail jail;
    Entry entry = enter_test::on_terminal({});
    entry.program.user = "gone";
    EXPECT_THAT(enter(jail.pidfd(), entry).failure(),
                StartsWith("execute: the login shell of gone: /bin/missing: no such program"));
    entry.program.argv = {"pwd"};
    std::string output = enter(jail.pidfd(), entry).output;
    EXPECT_THAT(output, StartsWith("jconsole: "));
    EXPECT_THAT(output, HasSubstr(": No such file or directory: the working folder is /;"));
    EXPECT_THAT(output, ::testing::EndsWith("\r\n/\r\n"));
    entry.program.directory = "/";
    EXPECT_EQ("/\r\n", enter(jail.pidfd(), entry).output);
}

TEST(Place, ScriptsWithoutAFormat) {
    JailOptions options;
    options.prepare = [] {
        write_file("/bin/plain", "echo \"$0 $1\"");
        ::chmod("/bin/plain", 0755);
        write_file("/bin/broken", "#!/bin/nonesuch\n");
        ::chmod("/bin/broken", 0755);
        write_file("/bin/twice", "#! /bin/broken -x\n");
        ::chmod("/bin/twice", 0755);
        write_file("/bin/closed", "#!/etc/passwd\n");
        ::chmod("/bin/closed", 0755);
        write_file("/bin/foreign", "\x7f"
                                   "ELF" +
                                       std::string(60, '\1'));
        ::chmod("/bin/foreign", 0755);
        ::symlink("/nowhere", "/bin/dangling");
    };
    TestJail jail(options);
    EXPECT_EQ("/bin/plain x\r\n", enter(jail.pidfd(), enter_test::on_terminal({"plain", "x"})).output);
    EXPECT_THAT(enter(jail.pidfd(), enter_test::on_terminal({"broken"})).failure(),
                StartsWith("execute: /bin/broken: its interpreter /bin/nonesuch does not exist"));
    EXPECT_THAT(
        enter(jail.pidfd(), enter_test::on_terminal({"twice"})).failure(),
        StartsWith("execute: /bin/twice: its interpreter /bin/broken: its interpreter /bin/nonesuch does"));
    EXPECT_THAT(enter(jail.pidfd(), enter_test::on_terminal({"closed"})).failure(),
                StartsWith("execute: /bin/closed: Permission denied: root may not execute /etc/passwd"));
    EXPECT_THAT(enter(jail.pidfd(), enter_test::on_terminal({"foreign"})).failure(),
                StartsWith("execute: /bin/foreign: it is a program for another kind of machine"));
    EXPECT_THAT(enter(jail.pidfd(), enter_test::on_terminal({"/bin/dangling"})).failure(),
                StartsWith("execute: /bin/dangling: it is a link to /nowhere, which does not exist"));
}

// The working folder is looked at where PATH says so, as execvp(3) does.
TEST(Place, ProgramsOfTheWorkingFolder) {
    JailOptions options;
    options.prepare = [] {
        write_file("/tmp/mine", "echo found");
        ::chmod("/tmp/mine", 0755);
        write_file("/tmp/sh", "#!/bin/nonesuch\n");
        ::chmod("/tmp/sh", 0755);
    };
    TestJail jail(options);
    Entry entry = enter_test::on_terminal({"mine"});
    entry.program.directory = "/tmp";
    EXPECT_THAT(enter(jail.pidfd(), entry).failure(), StartsWith("execute: mine: no such program"));
    for (const char* path : {"PATH=/bin:", "PATH=:/bin", "PATH=/usr::/bin", "PATH=.:/bin", "PATH="}) {
        entry.program.environment = {path};
        EXPECT_EQ("found\r\n", enter(jail.pidfd(), entry).output) << path;
    }
    // What cannot be executed in one place is looked for in the next.
    entry.program.argv = {"sh", "-c", "echo good"};
    entry.program.environment = {"PATH=/tmp:/bin"};
    EXPECT_EQ("good\r\n", enter(jail.pidfd(), entry).output);
}

} // namespace
