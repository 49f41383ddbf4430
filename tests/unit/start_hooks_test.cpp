#include "tests/unit/start_rig.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class StartHooks : public StartRig {
protected:
    // A command that adds a word to the folder's file "log".
    [[nodiscard]] std::string log(const std::string& word) const {
        return "echo " + word + " >> " + folder() + "/log";
    }
    // The same from inside the jail, through the console log.
    void log_console() { parameters["exec.consolelog"] = {folder() + "/log"}; }
};

TEST_F(StartHooks, RunInTheOrderOfJail8) {
    log_console();
    for (const char* hook : {"prepare", "prestart", "created", "poststart", "prestop", "poststop", "release"})
        parameters[std::string("exec.") + hook] = {log(std::string(hook) + "1"), "",
                                                   log(std::string(hook) + "2")};
    parameters["exec.start"] = {"echo start1", "echo start2"};
    parameters["command"] = {"echo command"};
    parameters["exec.stop"] = {"echo stop"};
    Outcome started = run("start");
    ASSERT_TRUE(started.ok()) << started.errors;
    EXPECT_EQ(
        "prepare1\nprepare2\nprestart1\nprestart2\ncreated1\ncreated2\nstart1\nstart2\ncommand\npoststart1\n"
        "poststart2\n",
        read("log"));
    std::filesystem::remove(folder() + "/log");
    Outcome stopped = run("stop");
    ASSERT_TRUE(stopped.ok()) << stopped.errors;
    EXPECT_EQ("prestop1\nprestop2\nstop\npoststop1\npoststop2\nrelease1\nrelease2\n", read("log"));
}

TEST_F(StartHooks, OnTheHostKnowTheirJail) {
    parameters["exec.prestart"] = {"env | sort > " + folder() + "/env"};
    ASSERT_TRUE(run("start", {.environment = {"PATH=/usr/bin:/bin", "KEPT=yes", "JID=wrong"}}).ok());
    std::string environment = read("env");
    EXPECT_THAT(environment, HasSubstr("JID=7\nJNAME=" + name + "\nJPATH=" + root() + "\n"));
    EXPECT_THAT(environment, HasSubstr("KEPT=yes\n"));
    EXPECT_THAT(environment, Not(HasSubstr("JID=wrong")));
    EXPECT_THAT(environment, Not(HasSubstr("TWIN")));
}

// The jail's first process, from when on there is one until it is gone.
TEST_F(StartHooks, OnTheHostKnowTheirJailsProcess) {
    for (const char* hook : {"prestart", "created", "poststart", "prestop", "poststop"})
        parameters[std::string("exec.") + hook] = {"echo " + std::string(hook) + "=$JPID >> " + folder() +
                                                   "/log"};
    ASSERT_TRUE(run("start").ok());
    std::string pid = std::to_string(jail->pid);
    ASSERT_TRUE(run("stop").ok());
    EXPECT_EQ("prestart=\ncreated=" + pid + "\npoststart=" + pid + "\nprestop=" + pid + "\npoststop=\n",
              read("log"));
}

TEST_F(StartHooks, AreCleanOnRequest) {
    parameters["exec.clean"] = {};
    parameters["exec.prestart"] = {"env | sort > " + folder() + "/env"};
    ASSERT_TRUE(run("start", {.environment = {"PATH=/sbin", "GONE=1", "TERM=vt100"}}).ok());
    EXPECT_EQ("HOME=/root\nJID=7\nJNAME=" + name + "\nJPATH=" + root() +
                  "\nPATH=/bin:/usr/bin\nPWD=/\nSHELL=/bin/bash\nTERM=vt100\nUSER=root\n",
              read("env"));
}

TEST_F(StartHooks, RunAsTheSystemUser) {
    std::ofstream(folder() + "/who").close();
    ::chmod((folder() + "/who").c_str(), 0666);
    parameters["exec.system_user"] = {"daemon"};
    parameters["exec.prestart"] = {"(id -un; id -G; echo $HOME) > " + folder() + "/who"};
    ASSERT_TRUE(run("start").ok());
    EXPECT_EQ("daemon\n1\n/usr/sbin\n", read("who"));
}

TEST_F(StartHooks, OfAnUnknownUserFail) {
    parameters["exec.system_user"] = {"nobody-of-that-name"};
    parameters["exec.prestart"] = {"true"};
    EXPECT_EQ(name + ": nobody-of-that-name: no such user\n", run("start").errors);
}

TEST_F(StartHooks, AreShellOrNot) {
    parameters["exec.prestart"] = {"A=1 true"};
    EXPECT_EQ(name + ": exec A=1: No such file or directory\n" + name + ": A=1 true: failed\n",
              run("start").errors);
    parameters["exec.prestart"] = {"A=1 true;"};
    EXPECT_TRUE(run("start").ok());
}

TEST_F(StartHooks, ThatFailAreNamedAndUndone) {
    parameters["mount"] = {"tmpfs " + root() + "/mnt tmpfs rw"};
    for (const char* hook : {"exec.prepare", "exec.prestart", "exec.created", "exec.poststart"}) {
        parameters[hook] = {"true", "false", "touch " + folder() + "/never"};
        Outcome outcome = run("start");
        EXPECT_FALSE(outcome.ok()) << hook;
        EXPECT_EQ(name + ": false: failed\n", outcome.errors) << hook;
        EXPECT_EQ(outcome.created, outcome.removed) << hook;
        EXPECT_TRUE(is_gone()) << hook;
        EXPECT_EQ("", read("never"));
        parameters.erase(hook);
    }
}

TEST_F(StartHooks, ThatDieAreNamed) {
    parameters["exec.prestart"] = {"kill -9 $$"};
    EXPECT_EQ(name + ": /bin/sh -c kill -9 $$: exited on signal 9\n", run("start").errors);
}

// So that what the next start runs does not run beside them.
TEST_F(StartHooks, ThatAreLateFailAndEnd) {
    std::string fifo = folder() + "/fifo";
    ASSERT_EQ(0, ::mkfifo(fifo.c_str(), 0600));
    pty::UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    parameters["exec.timeout"] = {"1"};
    parameters["exec.prestart"] = {"setsid sleep 1000 > " + fifo};
    EXPECT_EQ(name + ": /bin/sh -c setsid sleep 1000 > " + fifo + ": timed out\n", run("start").errors);
    char byte;
    EXPECT_EQ(0, ::read(reader.get(), &byte, 1)) << "nobody has it open for writing any more";
}

TEST_F(StartHooks, InTheBackgroundAreNotWaitedFor) {
    std::string fifo = folder() + "/fifo";
    ASSERT_EQ(0, ::mkfifo(fifo.c_str(), 0600));
    parameters["exec.prestart"] = {"cat " + fifo + " &"};
    ASSERT_TRUE(run("start").ok());
    std::ofstream(fifo) << "end";
}

TEST_F(StartHooks, MountForTheJailAndNotForTheHost) {
    parameters["exec.prestart"] = {"mount -t tmpfs hook " + root() + "/mnt",
                                   "touch " + root() + "/mnt/before"};
    parameters["exec.created"] = {"mount -t tmpfs hook " + root() + "/tmp", "touch " + root() + "/tmp/after"};
    Outcome started = run("start");
    ASSERT_TRUE(started.ok()) << started.errors;
    EXPECT_EQ("before\nafter\n", inside("ls /mnt; ls /tmp"));
    EXPECT_TRUE(std::filesystem::is_empty(root() + "/mnt"));
    EXPECT_TRUE(std::filesystem::is_empty(root() + "/tmp"));
}

TEST_F(StartHooks, InsideHaveTheJailsUserEnvironmentAndDirectory) {
    parameters["exec.clean"] = {};
    parameters["exec.jail_user"] = {"user"};
    parameters["exec.consolelog"] = {folder() + "/log"};
    parameters["exec.start"] = {"id -u; id -g; pwd; env"};
    Outcome started = run("start", {.environment = {"PATH=/sbin", "GONE=1", "TERM=vt100"}});
    ASSERT_TRUE(started.ok()) << started.errors;
    std::string log = read("log");
    EXPECT_THAT(log, StartsWith("1000\n1000\n/home/user\n"));
    EXPECT_THAT(log, HasSubstr("\nPATH=/bin:/usr/bin\n"));
    EXPECT_THAT(log, HasSubstr("\nHOME=/home/user\n"));
    EXPECT_THAT(log, HasSubstr("\nTERM=vt100\n"));
    EXPECT_THAT(log, Not(HasSubstr("GONE")));
    EXPECT_THAT(log, Not(HasSubstr("JID=")));
}

TEST_F(StartHooks, InsideInheritTheEnvironmentWhereItIsNotCleaned) {
    parameters["exec.consolelog"] = {folder() + "/log"};
    parameters["exec.start"] = {"env; pwd; id -u"};
    Outcome started = run("start", {.environment = {"PATH=/bin", "KEPT=1", "HOME=/kept"}});
    ASSERT_TRUE(started.ok()) << started.errors;
    EXPECT_THAT(read("log"), HasSubstr("KEPT=1\n"));
    EXPECT_THAT(read("log"), HasSubstr("HOME=/kept\n"));
    EXPECT_THAT(read("log"), HasSubstr("\n/\n0\n"));
}

class StartHooksWithoutPrivileges : public WithoutPrivileges<StartHooks> {};

TEST_F(StartHooksWithoutPrivileges, RunToo) {
    make_unprivileged();
    std::ofstream(folder() + "/log").close();
    ASSERT_EQ(0, ::chmod((folder() + "/log").c_str(), 0666));
    parameters["exec.consolelog"] = {folder() + "/log"};
    parameters["exec.prestart"] = {"mount -t tmpfs hook " + root() + "/mnt", "touch " + root() + "/mnt/x"};
    parameters["exec.start"] = {"id -u; ls /mnt"};
    parameters["exec.stop"] = {"echo stop"};
    parameters["exec.poststop"] = {log("poststop")};
    Run how;
    how.uid = ordinary();
    Outcome started = run("start", how);
    ASSERT_TRUE(started.ok()) << started.errors;
    Outcome stopped = run("stop", how);
    ASSERT_TRUE(stopped.ok()) << stopped.errors;
    EXPECT_EQ("0\nx\nstop\npoststop\n", read("log"));
}

TEST_F(StartHooks, InsideThatFailUndoTheStart) {
    for (const char* hook : {"exec.start", "command"}) {
        parameters[hook] = {"sh -c 'exit 3'"};
        Outcome outcome = run("start");
        EXPECT_FALSE(outcome.ok());
        EXPECT_EQ(name + ": /bin/sh -c sh -c 'exit 3': failed\n", outcome.errors);
        EXPECT_TRUE(outcome.created && outcome.removed);
        EXPECT_TRUE(is_gone());
        parameters.erase(hook);
    }
}

TEST_F(StartHooks, InTheBackgroundInsideKeepTheJail) {
    parameters.erase("persist");
    parameters["exec.start"] = {"sleep 1000 &"};
    Outcome started = run("start");
    ASSERT_TRUE(started.ok()) << started.errors;
    EXPECT_FALSE(is_gone());
    EXPECT_TRUE(run("stop").ok());
    EXPECT_TRUE(is_gone());
}

TEST_F(StartHooks, ConsoleLogWaitsForNoReader) {
    std::string fifo = folder() + "/log";
    ASSERT_EQ(0, ::mkfifo(fifo.c_str(), 0600));
    log_console();
    parameters["exec.start"] = {"echo written"};
    EXPECT_EQ(name + ": exec.consolelog: " + fifo + ": No such device or address\n", run("start").errors);
    pty::UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_TRUE(run("start").ok());
    char got[16] = {};
    EXPECT_EQ(8, ::read(reader.get(), got, sizeof got));
}

TEST_F(StartHooks, ConsoleLogFollowsNoLinkOfTheJail) {
    ASSERT_EQ(0, ::symlink((folder() + "/victim").c_str(), (root() + "/log").c_str()));
    parameters["exec.consolelog"] = {root() + "/log"};
    parameters["exec.start"] = {"echo written"};
    EXPECT_EQ(name + ": exec.consolelog: " + root() + "/log is a symbolic link\n", run("start").errors);
    EXPECT_EQ("", read("victim"));
    parameters["exec.consolelog"] = {root() + "/tmp/log"};
    ASSERT_TRUE(run("start").ok());
    EXPECT_EQ("written\n", read("jails/root/tmp/log"));
}

TEST_F(StartHooks, AfterTheRemovalAllRunEvenWhenOneFails) {
    parameters["exec.poststop"] = {"false", log("poststop")};
    parameters["exec.release"] = {log("release")};
    ASSERT_TRUE(run("start").ok());
    Outcome stopped = run("stop");
    EXPECT_FALSE(stopped.ok());
    EXPECT_TRUE(stopped.removed);
    EXPECT_EQ(name + ": false: failed\n", stopped.errors);
    EXPECT_EQ("poststop\nrelease\n", read("log"));
}

TEST_F(StartHooks, StopThatFailsLeavesTheJailRunning) {
    parameters["exec.stop"] = {"false"};
    parameters["exec.poststop"] = {log("poststop")};
    ASSERT_TRUE(run("start").ok());
    EXPECT_FALSE(run("stop").ok());
    EXPECT_FALSE(is_gone());
    EXPECT_EQ("", read("log"));
}

TEST_F(StartHooks, AreShownWhenAsked) {
    parameters["exec.prestart"] = {"true"};
    parameters["exec.start"] = {"true a b"};
    parameters["exec.jail_user"] = {"user"};
    Outcome started = run("start", {.verbose = true});
    EXPECT_THAT(started.output, HasSubstr(name + ": run command: true\n"));
    EXPECT_THAT(started.output, HasSubstr(name + ": run command in jail as user: true a b\n"));
}

} // namespace
