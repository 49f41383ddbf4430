// The cgroup of a jail: by it the jails that share the host's process numbers are told apart, and who comes
// late to it, or holds it, does no harm to the next jail of that name.
#include "tests/unit/start_rig.hpp"

#include "jailcore/contract/linux/record.hpp"
#include "jailcore/linux/starter/starter.hpp"
#include "jailcore/process_handle.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using ::testing::HasSubstr;

class StartCgroup : public StartRig {};

TEST_F(StartCgroup, WithTheHostsPidsIsToldByItsCgroup) {
    parameters["linux.namespaces"] = {"fs", "uts", "cgroup"};
    parameters["exec.start"] = {"sleep 1000 &", "sleep 1001 &"};
    parameters["mount.devfs"] = {};
    Outcome started = run("start");
    ASSERT_TRUE(started.ok()) << started.errors;
    EXPECT_EQ(0U, jail->flags & jailcore::jail_own_pid_namespace);
    EXPECT_EQ(0U, linux_of(*jail).pid_namespace);
    EXPECT_THAT(std::string(pty::get_text(jail->cgroup)), ::testing::EndsWith(cgroup() + "/members"));
    Outcome stopped = run("stop");
    EXPECT_TRUE(stopped.ok()) << stopped.errors;
    EXPECT_TRUE(is_gone());
}

// Sent to the process, which blocks it. A signal is pending before kill(2) has returned.
bool is_pending(pid_t process, int signal) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("ShdPnd:"))
            return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1) != 0;
    ADD_FAILURE() << process << " is gone";
    return false;
}

// What a jail brings about whose member ends once its number has been read, and a process of the host gets
// it.
TEST_F(StartCgroup, WithTheHostsPidsSignalsNoProcessOfTheHosts) {
    parameters["linux.namespaces"] = {"fs", "uts", "cgroup"};
    parameters["exec.start"] = {"sleep 1000 &"};
    ASSERT_TRUE(run("start").ok());
    std::vector<pid_t> members = jailcore::shared_pid_members(*jail);
    ASSERT_EQ(1U, members.size());
    jailcore::ProcessHandle member(members[0]);
    sigset_t terminate, before;
    ::sigemptyset(&terminate);
    ::sigaddset(&terminate, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &terminate, &before); // for the stranger, who keeps what it is sent
    pid_t stranger = ::fork();
    if (stranger == 0) {
        ::pause();
        ::_exit(0);
    }
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    jailcore::signal_members(*jail, {stranger, members[0]}, SIGTERM);
    pollfd ended{member.end(), POLLIN, 0};
    EXPECT_EQ(1, ::poll(&ended, 1, 60000)) << "the jail's own gets it";
    EXPECT_FALSE(is_pending(stranger, SIGTERM));
    ::kill(stranger, SIGTERM);
    EXPECT_TRUE(is_pending(stranger, SIGTERM)) << "nothing would have shown";
    ::kill(stranger, SIGKILL);
    ::waitpid(stranger, nullptr, 0);
}

// The stop of an earlier one goes on with its hooks when the jail has ended, and removes the cgroup after
// that.
TEST_F(StartCgroup, TheLateEndOfAnEarlierOneOfItsNameLeavesItsCgroupAlone) {
    parameters["linux.namespaces"] = {"fs", "uts", "cgroup"};
    parameters["mount.devfs"] = {}; // /dev/null is what a background process reads
    // Only what was not killed before can tell of SIGTERM.
    parameters["exec.start"] = {
        "(trap 'echo told >/tmp/told; exit' TERM; echo >/tmp/waits; sleep 1000 & wait) &"};
    ASSERT_TRUE(run("start").ok());
    auto appears = [&](const std::string& file) {
        for (int i = 0; i < 10000 && !std::filesystem::exists(root() + file); ++i)
            ::usleep(1000);
        return std::filesystem::exists(root() + file);
    };
    ASSERT_TRUE(appears("/tmp/waits"));
    std::string members(pty::get_text(jail->cgroup));
    jailcore::kill_members(members);
    jailcore::signal_members(*jail, jailcore::shared_pid_members(*jail), SIGTERM);
    EXPECT_TRUE(appears("/tmp/told")) << "it was killed";
    while (!jailcore::shared_pid_members(*jail).empty())
        ::usleep(10000);
    EXPECT_TRUE(jailcore::remove_cgroup(members));
    EXPECT_TRUE(std::filesystem::exists(members));
    EXPECT_TRUE(run("stop").ok());
    EXPECT_FALSE(std::filesystem::exists(members));
}

TEST_F(StartCgroup, TheLateEndOfAnEarlierOneOfItsNameLeavesTheCgroupOfAStartAlone) {
    auto cgroup = jailcore::make_cgroup(name);
    ASSERT_TRUE(cgroup);
    EXPECT_TRUE(jailcore::remove_cgroup(cgroup->members, true));
    EXPECT_TRUE(std::filesystem::exists(cgroup->members));
    cgroup->jinit.reset();
    EXPECT_TRUE(jailcore::remove_cgroup(cgroup->members));
    EXPECT_FALSE(std::filesystem::exists(cgroup->members));
}

TEST_F(StartCgroup, WaitsForNobodysLockOfItsCgroupForEver) {
    auto other = jailcore::make_cgroup(name);
    ASSERT_TRUE(other);
    struct stat status = {};
    ASSERT_EQ(0, ::fstat(other->jinit.get(), &status));
    EXPECT_EQ(0700U, status.st_mode & 0777U) << "who can open it can lock it";
    Outcome outcome = run("start");
    EXPECT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.errors, HasSubstr("/jconsole/" + name + ": another process holds its lock; 'fuser "));
    EXPECT_FALSE(jailcore::remove_cgroup(other->members));
    other->jinit.reset();
    EXPECT_TRUE(jailcore::remove_cgroup(other->members));
}

// Whoever reaps the last jail of that name comes behind the start of the next.
TEST_F(StartCgroup, IsNotGivenTheLastOnesProcesses) {
    auto last = jailcore::make_cgroup(name);
    ASSERT_TRUE(last);
    last->jinit.reset(); // and its lock
    pid_t left = ::fork();
    if (left == 0) {
        std::ofstream(last->members + "/cgroup.procs") << "0";
        ::pause();
        ::_exit(0);
    }
    std::string procs;
    for (int i = 0; i < 1000 && procs.empty(); ++i) {
        ::usleep(10000);
        std::getline(std::ifstream(last->members + "/cgroup.procs"), procs);
    }
    ASSERT_EQ(std::to_string(left), procs);
    parameters["linux.namespaces"] = {"fs", "uts", "cgroup"};
    EXPECT_TRUE(run("start").ok());
    int status = 0;
    pid_t ended = 0;
    for (int i = 0; i < 1000 && ended == 0; ++i) {
        ::usleep(10000);
        ended = ::waitpid(left, &status, WNOHANG);
    }
    EXPECT_EQ(left, ended);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    ::kill(left, SIGKILL);
    EXPECT_TRUE(run("stop").ok());
}

TEST(CgroupOfProc, IsToldByTheText) {
    auto is_in = [](const char* text) {
        return jailcore::is_in_cgroup(text, "/jconsole/web/members");
    };
    EXPECT_TRUE(is_in("0::/jconsole/web/members\n"));
    EXPECT_TRUE(is_in("12:pids:/x\n0::/jconsole/web/members/below\n"));
    for (const char* other : {"", "\n", "0::/\n", "0::/jconsole/web\n", "0::/jconsole/web/members2\n",
                              "0::/jconsole/web2/members\n", "0::/jconsole/web/members (deleted)\n",
                              "0::/a/jconsole/web/members\n", "0::/../jconsole/web/members\n",
                              "1:name=systemd:/jconsole/web/members\n0::/\n"})
        EXPECT_FALSE(is_in(other)) << other;
    EXPECT_FALSE(jailcore::is_in_cgroup("0::/\n", "")) << "the jail's is not known";
}

} // namespace
