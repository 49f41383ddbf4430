#include "tests/unit/start_rig.hpp"

#include "jailcore/contract/linux/record.hpp"
#include "jailcore/linux/starter/starter.hpp"
#include "tests/unit/asleep.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <poll.h>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StartJail : public StartRig {
protected:
    void ends_with_its_last_process() {
        parameters.erase("persist");
        std::string fifo = root() + "/tmp/fifo";
        ASSERT_EQ(0, ::mkfifo(fifo.c_str(), 0600));
        parameters["exec.start"] = {"cat /tmp/fifo &"};
        ASSERT_TRUE(run("start").ok());
        EXPECT_FALSE(is_gone());
        std::ofstream(fifo) << "end";
        await_gone();
    }
};

class StartJailWithoutPrivileges : public WithoutPrivileges<StartJail> {};

TEST_F(StartJail, RunsHasItsNameAndFilesAndEndsWithoutATrace) {
    parameters["host.hostname"] = {"demo.jail"};
    parameters["host.domainname"] = {"example"};
    parameters["mount.devfs"] = {};
    parameters["mount.fdescfs"] = {};
    parameters["mount.procfs"] = {};
    Outcome started = run("start");
    ASSERT_TRUE(started.ok()) << started.errors;
    EXPECT_EQ(name + ": created\n", started.output);
    EXPECT_EQ("", started.errors);
    EXPECT_EQ("demo.jail\n", inside("hostname"));
    EXPECT_EQ("example\n", inside("cat /proc/sys/kernel/domainname"));
    EXPECT_EQ("1\n", inside("echo /proc/[0-9]* | grep -o /proc/1 | cut -c 7-").substr(0, 2));
    EXPECT_EQ(7U, jail->jid);
    EXPECT_EQ(name, pty::get_text(jail->name));
    EXPECT_EQ(root(), pty::get_text(jail->path));
    Outcome stopped = run("stop");
    EXPECT_TRUE(stopped.ok()) << stopped.errors;
    EXPECT_EQ(name + ": removed\n", stopped.output);
    EXPECT_TRUE(stopped.removed);
    EXPECT_TRUE(is_gone());
}

// How often a process has gone to sleep or been sent there: a loop that does not wait adds to it without end.
long switches_of(int pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    long sum = 0;
    for (std::string line; std::getline(status, line);)
        if (line.find("ctxt_switches:") != std::string::npos)
            sum += std::stol(line.substr(line.find(':') + 1));
    return sum;
}

// Of every jail that there is: what tells jinit of its members.
std::set<pid_t> keepers() {
    std::set<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::string command;
        std::getline(std::ifstream(entry.path() / "comm"), command);
        if (command == "jkeeper")
            found.insert(std::stoi(entry.path().filename()));
    }
    return found;
}

TEST_F(StartJail, AnIdleJailWakesNobody) {
    parameters["persist"] = {};
    std::set<pid_t> before = keepers();
    ASSERT_TRUE(run("start").ok());
    std::set<pid_t> keepers_now = keepers();
    ASSERT_TRUE(await_sleep(jail->pid, sleeps_without_end));
    long switches = switches_of(jail->pid);
    pid_t member = ::fork(); // comes and goes: the cgroup announces it
    if (member == 0) {
        std::ofstream(std::string(pty::get_text(jail->cgroup)) + "/cgroup.procs") << "0";
        ::_exit(0);
    }
    ::waitpid(member, nullptr, 0);
    for (int i = 0; i < 10000 && switches_of(jail->pid) == switches; ++i)
        ::usleep(1000);
    EXPECT_GT(switches_of(jail->pid), switches) << "nothing was announced";
    EXPECT_TRUE(await_sleep(jail->pid, sleeps_without_end));
    std::erase_if(keepers_now, [&](pid_t keeper) {
        return before.contains(keeper);
    });
    EXPECT_FALSE(keepers_now.empty());
    for (pid_t keeper : keepers_now)
        EXPECT_TRUE(await_sleep(keeper, sleeps_without_end));
}

TEST_F(StartJail, SeesNothingOfTheOldRoot) {
    parameters["mount.procfs"] = {};
    ASSERT_TRUE(run("start").ok());
    std::string mounts = inside("cat /proc/self/mountinfo");
    EXPECT_THAT(mounts, Not(HasSubstr(" - cgroup")));
    // The jail's directory of the host's file system, and below it what it has mounted: nothing lies under
    // it, or over.
    std::istringstream lines(mounts);
    std::vector<std::string> places;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string skipped, root_of_mount, place;
        fields >> skipped >> skipped >> skipped >> root_of_mount >> place;
        if (place.substr(0, 6) != "/proc/")
            places.push_back(place);
        if (place == "/") {
            EXPECT_TRUE(root().ends_with(root_of_mount) && root_of_mount.ends_with("/jails/root")) << line;
        }
    }
    EXPECT_THAT(places, ::testing::UnorderedElementsAre("/", "/proc")) << mounts;
    EXPECT_EQ("bin\ndev\netc\nhome\nmnt\nproc\nsys\ntmp\n", inside("cd ../../../..; ls"));
}

TEST_F(StartJail, HasAMinimalDev) {
    parameters["mount.devfs"] = {};
    parameters["mount.procfs"] = {};
    ASSERT_TRUE(run("start").ok());
    EXPECT_EQ("fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n",
              inside("ls /dev"));
    EXPECT_EQ("pts/ptmx\n/proc/self/fd\n", inside("readlink /dev/ptmx; readlink /dev/fd"));
    EXPECT_EQ("1:3 666\n1:7 666\n5:0 666\n",
              inside("busybox stat -c \"%t:%T %a\" /dev/null /dev/full /dev/tty"));
    EXPECT_THAT(inside("cat /proc/self/mountinfo"), HasSubstr("gid=5,mode=620,ptmxmode=666"));
    EXPECT_EQ("crw-rw-rw-    1 root     root        5,   2", inside("ls -l /dev/pts/ptmx").substr(0, 43));
}

TEST_F(StartJail, CannotWriteToTheKernelThroughProc) {
    parameters["mount.procfs"] = {};
    ASSERT_TRUE(run("start").ok());
    for (const char* file :
         {"/proc/sys/kernel/hostname", "/proc/sys/kernel/pty/max", "/proc/sysrq-trigger"}) {
        if (::access(file, F_OK) == -1)
            continue; // which of them there are is a matter of the kernel's configuration
        EXPECT_THAT(inside(std::string("echo h > ") + file), HasSubstr("Read-only file system")) << file;
    }
    EXPECT_EQ("", inside("cat /proc/keys /proc/timer_list"));
}

TEST_F(StartJail, HoldsNoCapabilityBeyondTheDefaultAndIsUnderItsFilter) {
    ASSERT_TRUE(run("start").ok());
    std::ifstream status("/proc/" + std::to_string(jail->pid) + "/status");
    std::string text((std::istreambuf_iterator<char>(status)), {});
    // CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT AUDIT_WRITE
    // SETFCAP
    EXPECT_THAT(text, HasSubstr("CapBnd:\t00000000a00405fb\n"));
    EXPECT_THAT(text, HasSubstr("CapPrm:\t00000000a00405fb\n"));
    EXPECT_THAT(text, HasSubstr("CapInh:\t0000000000000000\n"));
    EXPECT_THAT(text, HasSubstr("Seccomp:\t2\n"));
}

TEST_F(StartJail, PermissionsAreCapabilities) {
    parameters["allow.raw_sockets"] = {"1"};
    parameters["allow.noreserved_ports"] = {};
    ASSERT_TRUE(run("start").ok());
    std::ifstream status("/proc/" + std::to_string(jail->pid) + "/status");
    std::string text((std::istreambuf_iterator<char>(status)), {});
    EXPECT_THAT(text, HasSubstr("CapBnd:\t00000000a00421fb\n"));
}

TEST_F(StartJail, VnetHasALoopbackThatIsUp) {
    parameters["vnet"] = {};
    parameters["mount.procfs"] = {};
    ASSERT_TRUE(run("start").ok());
    EXPECT_EQ("1\n", inside("grep -c : /proc/net/dev"));
    EXPECT_THAT(inside("busybox ip link show lo"), HasSubstr("<LOOPBACK,UP"));
    EXPECT_NE(0U, jail->flags & jailcore::jail_own_network);
}

// As where the host's /proc is covered in part, which the kernel would thereby uncover.
TEST_F(StartJail, WithAUserNamespaceSaysWhyThereIsNoNewProc) {
    parameters["vnet"] = {};
    parameters["mount.procfs"] = {};
    Outcome started = run("start", {.plan = "jstarter+/fsmount:1:EPERM"});
    EXPECT_FALSE(started.ok());
    EXPECT_THAT(started.errors,
                HasSubstr("/proc: new filesystem proc: Operation not permitted; in a user namespace (vnet "
                          "has one) it can be mounted only where nothing is mounted on parts of the host's "
                          "own\n"));
}

TEST_F(StartJail, HasOnlyTheNamespacesItAskedFor) {
    parameters["linux.namespaces"] = {"fs", "pid", "user"};
    ASSERT_TRUE(run("start").ok());
    auto same = [&](const std::string& space) {
        struct stat ours = {}, theirs = {};
        EXPECT_EQ(0, ::stat(("/proc/self/ns/" + space).c_str(), &ours));
        EXPECT_EQ(0, ::stat(("/proc/" + std::to_string(jail->pid) + "/ns/" + space).c_str(), &theirs));
        return ours.st_ino == theirs.st_ino;
    };
    for (const char* own : {"mnt", "pid", "user"})
        EXPECT_FALSE(same(own)) << own;
    for (const char* shared : {"ipc", "uts", "net", "cgroup", "time"})
        EXPECT_TRUE(same(shared)) << shared;
}

TEST_F(StartJail, WithTheHostsPidsEndsWithItsLastProcess) {
    parameters["linux.namespaces"] = {"fs"};
    ends_with_its_last_process();
}

TEST_F(StartJail, EndsWithAProcessWhoseParentIsOutside) {
    ends_with_its_last_process();
}

TEST_F(StartJailWithoutPrivileges, Works) {
    make_unprivileged();
    parameters["mount.devfs"] = {};
    parameters["mount.procfs"] = {};
    parameters["vnet"] = {};
    parameters["host.hostname"] = {"demo.jail"};
    parameters["mount"] = {"tmpfs " + root() + "/tmp tmpfs size=1m",
                           root() + "/etc " + root() + "/mnt nullfs ro"};
    Run how;
    how.uid = ordinary();
    Outcome started = run("start", how);
    ASSERT_TRUE(started.ok()) << started.errors;
    EXPECT_EQ("demo.jail\n", inside("hostname"));
    EXPECT_EQ("0\n", inside("id -u"));
    EXPECT_THAT(inside("echo > /mnt/x"), HasSubstr("Read-only file system"));
    EXPECT_EQ("", inside("echo > /dev/null"));
    EXPECT_THAT(inside("ls -l /dev/pts/ptmx"), HasSubstr("5,   2"));
    Outcome stopped = run("stop", how);
    EXPECT_TRUE(stopped.ok()) << stopped.errors;
    EXPECT_TRUE(is_gone());
}

TEST_F(StartJail, EndsWithItsLastProcessUnlessItPersists) {
    parameters.erase("persist");
    parameters["exec.poststart"] = {"true"};
    ASSERT_TRUE(run("start").ok());
    await_gone();
}

TEST_F(StartJail, WarnsOfARootThatEverybodyCanReach) {
    ::chmod((folder() + "/jails").c_str(), 0711);
    Outcome started = run("start");
    EXPECT_THAT(started.errors, HasSubstr("every user of the host can reach"));
    EXPECT_TRUE(started.ok());
}

TEST_F(StartJail, RefusesWhatRunsAlready) {
    ASSERT_TRUE(run("start").ok());
    Run how;
    how.jid = 8;
    Outcome again = run("start", how);
    EXPECT_FALSE(again.ok());
    EXPECT_EQ("\"" + name + "\" already exists; 'jconsole restart " + name + "' starts it anew\n",
              again.errors);
    jailcore::JailRecord other;
    other.jid = 9;
    pty::set_text(other.name, "other");
    others.push_back(other);
    kill_jail();
    how.jid = 9;
    EXPECT_EQ(name + ": jail 9 already exists; give this one another jid\n", run("start", how).errors);
}

TEST_F(StartJail, RefusesWhatItDependsOnAndDoesNotRun) {
    parameters["depend"] = {"other"};
    EXPECT_THAT(run("start").errors, HasSubstr("depend: the jail \"other\" does not run"));
    jailcore::JailRecord other;
    other.jid = 9;
    pty::set_text(other.name, "other");
    others.push_back(other);
    EXPECT_TRUE(run("start").ok());
}

TEST_F(StartJail, SaysWhatIsWrongWithItsPath) {
    parameters["path"] = {root() + "/none"};
    EXPECT_EQ(name + ": path " + root() + "/none: No such file or directory\n", run("start").errors);
    parameters["path"] = {root() + "/bin/busybox"};
    EXPECT_EQ(name + ": path " + root() + "/bin/busybox: Not a directory\n", run("start").errors);
}

TEST_F(StartJailWithoutPrivileges, SaysWhatToDoWhereUserNamespacesAreForbidden) {
    make_unprivileged();
    for (const char* error : {"EPERM", "ENOSPC"}) {
        Outcome outcome =
            run("start", {.plan = std::string("jstarter/unshare:1:") + error, .uid = ordinary()});
        EXPECT_FALSE(outcome.ok());
        EXPECT_THAT(outcome.errors, ::testing::StartsWith(name + ": make a user namespace: "));
        EXPECT_THAT(outcome.errors, HasSubstr("kernel.unprivileged_userns_clone=1"));
        EXPECT_EQ(1, std::count(outcome.errors.begin(), outcome.errors.end(), '\n'));
    }
}

TEST_F(StartJail, HasChildrenOnlyWhereItMay) {
    parameters["exec.start"] = {"unshare -U /bin/true"};
    Outcome refused = run("start");
    EXPECT_FALSE(refused.ok());
    EXPECT_THAT(refused.errors, HasSubstr("Operation not permitted"));
    parameters["children.max"] = {"1"};
    Outcome allowed = run("start");
    EXPECT_TRUE(allowed.ok()) << allowed.errors;
}

TEST_F(StartJail, LiesOnlyInJailsThatHaveRoom) {
    const std::string parent = name;
    jailcore::JailRecord around;
    pty::set_text(around.name, parent);
    name = parent + ".kid";
    others = {around};
    EXPECT_THAT(run("start").errors, HasSubstr("prison limit exceeded: jail \"" + parent +
                                               "\" has 0 jails in it, and runs with children.max = 0; "));
    set_linux(others[0], {.children_max = 1});
    others.emplace_back();
    pty::set_text(others[1].name, parent + ".other");
    others[1].jid = 99;
    EXPECT_THAT(run("start").errors, HasSubstr("has 1 jail in it"));
    set_linux(others[0], {.children_max = 2});
    EXPECT_TRUE(run("start").ok());
}

TEST_F(StartJail, ThatTheRouterDoesNotTakeIsUndone) {
    parameters["exec.created"] = {"touch " + folder() + "/never"};
    Outcome outcome = run("start", {.taken = false});
    EXPECT_FALSE(outcome.ok());
    EXPECT_EQ(name + ": the router did not take the jail\n", outcome.errors);
    EXPECT_TRUE(is_gone());
    EXPECT_FALSE(std::filesystem::exists(folder() + "/never"));
}

// The next router would find a jail that it does not know to be complete, and end it.
TEST_F(StartJail, WhoseRouterDiesMeanwhileIsUndone) {
    parameters["exec.poststart"] = {"while [ ! -e " + folder() + "/dead ]; do sleep 0.01; done",
                                    "touch " + folder() + "/last"};
    Outcome outcome = run("start", {.dies = true});
    EXPECT_EQ(1, WEXITSTATUS(outcome.status));
    EXPECT_THAT(outcome.errors, ::testing::StartsWith(name + ": the router has ended\n"));
    EXPECT_EQ(name + ": created\n" + name + ": removed\n", outcome.output);
    EXPECT_TRUE(std::filesystem::exists(folder() + "/last"));
    EXPECT_TRUE(is_gone());
    jail.reset();
}

TEST_F(StartJail, RestartsAsANewJail) {
    ASSERT_TRUE(run("start").ok());
    int first = jail->pid;
    Outcome restarted = run("restart");
    ASSERT_TRUE(restarted.ok()) << restarted.errors;
    EXPECT_EQ(name + ": removed\n" + name + ": created\n", restarted.output);
    EXPECT_NE(first, jail->pid);
}

TEST_F(StartJail, StopsWithoutHooksWhenItsConfigurationIsGone) {
    parameters["exec.prestop"] = {"false"};
    ASSERT_TRUE(run("start").ok());
    Outcome failed = run("stop");
    EXPECT_FALSE(failed.ok());
    EXPECT_EQ(name + ": false: failed; it runs on: 'jconsole kill -f " + name + "' ends it\n", failed.errors);
    EXPECT_FALSE(is_gone()) << "a failing prestop leaves it running";
    configured = false;
    Outcome stopped = run("stop");
    EXPECT_TRUE(stopped.ok());
    EXPECT_THAT(stopped.errors,
                HasSubstr("has no such jail: hooks for its end, such as exec.stop, are not run"));
    EXPECT_TRUE(is_gone());
}

TEST_F(StartJail, OfWhichTheConfigurationKnowsNothingIsNotFound) {
    configured = false;
    EXPECT_EQ("\"" + name + "\" not found in " + folder() + "/jail.conf, " + folder() +
                  "/*.conf; -f names another file\n",
              run("start").errors);
    EXPECT_EQ("\"" + name + "\" not found; 'jconsole ls' lists the jails that run\n", run("stop").errors);
}

TEST_F(StartJail, IsKilledWithEverybodyInItAfterTheTimeOut) {
    parameters["stop.timeout"] = {"1"};
    parameters["mount.devfs"] = {};
    ASSERT_TRUE(run("start").ok());
    std::string started = inside("(trap \"\" TERM; while :; do sleep 1; done) >/dev/null 2>&1 & echo $!");
    Outcome stopped = run("stop", {.verbose = true});
    EXPECT_TRUE(stopped.ok()) << stopped.errors;
    EXPECT_THAT(stopped.output, HasSubstr("timed out\n"));
    EXPECT_TRUE(is_gone());
}

} // namespace
