// Where the monitor listens, and who its clients are.
#include "jailcore/linux/jail_cgroup.hpp"
#include "jailcore/process_handle.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "router/monitor/peer.hpp"
#include "router/monitor/peer_proof.hpp"
#include "router/monitor/runtime_directory.hpp"
#include "tests/twin/fault_plan.hpp"
#include "tests/unit/monitor_rig.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace {

using monitor_test::Folder;

TEST(RuntimeDirectory, HoldsOneRouterAndLetsTheNextOneIn) {
    Folder folder;
    std::string socket = folder.path("run/socket");
    {
        monitor::RuntimeDirectory first(socket, false);
        struct stat status = {};
        ASSERT_EQ(0, ::stat(folder.path("run").c_str(), &status));
        EXPECT_EQ(0700U, status.st_mode & 07777);
        ASSERT_EQ(0, ::stat(socket.c_str(), &status));
        EXPECT_EQ(0600U, status.st_mode & 07777);
        try {
            monitor::RuntimeDirectory second(socket, false);
            FAIL() << "two routers";
        } catch (const pty::StepError& error) {
            EXPECT_EQ(EWOULDBLOCK, error.error());
            EXPECT_STREQ("lock", error.step());
        }
        EXPECT_EQ(0, ::access(socket.c_str(), F_OK)) << "the second took the first one's socket away";
    }
    EXPECT_NE(0, ::access(socket.c_str(), F_OK));
    std::string roots = folder.path("run/root.socket");
    EXPECT_NE(0, ::access(roots.c_str(), F_OK)) << "nobody else can connect to the other anyway";
    {
        monitor::RuntimeDirectory next(socket, true);
        struct stat status = {};
        ASSERT_EQ(0, ::stat(socket.c_str(), &status));
        EXPECT_EQ(0666U, status.st_mode & 07777);
        ASSERT_EQ(0, ::stat(roots.c_str(), &status));
        EXPECT_EQ(0600U, status.st_mode & 07777);
    }
    EXPECT_NE(0, ::access(roots.c_str(), F_OK));
}

TEST(RuntimeDirectory, TakesNoLinkAndNoDirectoryThatOthersWrite) {
    Folder folder;
    ASSERT_EQ(0, ::mkdir(folder.path("real").c_str(), 0700));
    ASSERT_EQ(0, ::symlink("real", folder.path("link").c_str()));
    EXPECT_THROW(monitor::RuntimeDirectory directory(folder.path("link/socket"), false), pty::StepError);
    ASSERT_EQ(0, ::chmod(folder.path("real").c_str(), 0777));
    EXPECT_THROW(monitor::RuntimeDirectory directory(folder.path("real/socket"), false), pty::StepError);
    if (::geteuid() == 0) {
        ASSERT_EQ(0, ::chmod(folder.path("real").c_str(), 0700));
        ASSERT_EQ(0, ::chown(folder.path("real").c_str(), 65534, 65534));
        EXPECT_THROW(monitor::RuntimeDirectory directory(folder.path("real/socket"), false), pty::StepError);
    }
}

TEST(Peer, IsWhoTheKernelSays) {
    int pair[2];
    ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    pty::UniqueFd ours(pair[0]), theirs(pair[1]);
    auto result = monitor::identify_peer(ours.get(), *monitor::own_whereabouts());
    ASSERT_TRUE(result.peer) << result.refusal;
    EXPECT_EQ(wire::Principal(::geteuid()), result.peer->principal);
    EXPECT_EQ(::getpid(), result.peer->pid);
}

class OldKernel : public testing::Test {
protected:
    // What Linux has since 6.5 and 6.11.
    OldKernel() { kernel::set_plan("peer_process:*:ENOPROTOOPT,pidfd_namespace:*:ENOTTY"); }
    ~OldKernel() override { kernel::set_plan(""); }

    // Answers the demand that waits on `client`, in a process of its own.
    static void answer_from_a_child(int client) {
        pid_t child = ::fork();
        if (child == 0) {
            char demand = 0;
            pty::Received received = pty::receive_message(client, {&demand, 1});
            ::_exit(received.fds.size() == 1 && pty::send_message(received.fds[0].get(), "x") ? 0 : 1);
        }
        int status = 0;
        ASSERT_EQ(child, ::waitpid(child, &status, 0));
        ASSERT_EQ(0, status);
    }
};

TEST_F(OldKernel, APeerHasToProveThatItIsTheOneThatConnected) {
    int pair[2];
    ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    pty::UniqueFd ours(pair[0]), theirs(pair[1]);
    auto result = monitor::identify_peer(ours.get(), *monitor::own_whereabouts());
    ASSERT_TRUE(result.peer) << result.refusal;
    EXPECT_TRUE(result.to_be_proven);
    EXPECT_EQ(::getpid(), result.peer->pid);

    monitor::PeerProof silence(ours.get());
    EXPECT_FALSE(silence.is_from(*result.peer));
    char demand = 0;
    pty::Received received = pty::receive_message(theirs.get(), {&demand, 1});
    ASSERT_EQ(1U, received.fds.size());
    received.fds.clear();
    EXPECT_FALSE(silence.is_from(*result.peer)) << "the other end is closed";

    monitor::PeerProof stolen(ours.get());
    answer_from_a_child(theirs.get());
    EXPECT_FALSE(stolen.is_from(*result.peer)) << "a child of it is another process";

    monitor::PeerProof proof(ours.get());
    received = pty::receive_message(theirs.get(), {&demand, 1});
    ASSERT_EQ(1U, received.fds.size());
    EXPECT_TRUE(pty::send_message(received.fds[0].get(), "x"));
    EXPECT_TRUE(proof.is_from(*result.peer));

    pid_t ended = ::fork();
    if (ended == 0)
        ::_exit(0);
    result.peer->process = jailcore::ProcessHandle(ended);
    ASSERT_EQ(ended, ::waitpid(ended, nullptr, 0));
    EXPECT_FALSE(proof.is_from(*result.peer)) << "it has ended, and another has its number";
}

TEST(JailCgroup, IsFoundInEveryHierarchyAndAtEveryDepth) {
    using jailcore::foreign_jail;
    const char* host = "4:memory:/user\n1:name=systemd:/init.scope\n0::/init.scope\n";
    EXPECT_EQ("", foreign_jail(host, host));
    EXPECT_EQ("/jconsole/web", foreign_jail("0::/jconsole/web\n", host));
    EXPECT_EQ("/jconsole/web", foreign_jail("0::/jconsole/web/members/a/b\n", host));
    EXPECT_EQ("/a/jconsole/web", foreign_jail("4:memory:/a/jconsole/web/x\n0::/\n", host));
    EXPECT_EQ("/../../jconsole/web", foreign_jail("0::/../../jconsole/web/members\n", host));
    for (const char* none : {"0::/jconsole\n", "0::/jconsole/\n", "0::/jconsole/-own\n",
                             "0::/myjconsole/web\n", "0::/jconsole.service\n", "0::/\n", "", "nonsense"})
        EXPECT_EQ("", foreign_jail(none, host)) << none;
}

TEST(JailCgroup, OfTheRouterItselfIsNoForeignOne) {
    using jailcore::foreign_jail;
    const char* nested = "4:memory:/\n0::/jconsole/outer/members\n";
    EXPECT_EQ("", foreign_jail("0::/jconsole/outer/members\n", nested));
    EXPECT_EQ("", foreign_jail("0::/jconsole/outer/other\n", nested));
    EXPECT_EQ("/jconsole/outer/members/jconsole/inner",
              foreign_jail("0::/jconsole/outer/members/jconsole/inner/members\n", nested));
    EXPECT_EQ("/jconsole/out", foreign_jail("0::/jconsole/out/members\n", nested));
    EXPECT_EQ("/jconsole/outer", foreign_jail("4:memory:/jconsole/outer\n", nested)) << "another hierarchy";
}

// Connects to `path` from a child that has done `enter`, and stays until it is ended.
pid_t connect_from(const std::string& path, const std::function<bool()>& enter) {
    pid_t child = ::fork();
    if (child != 0)
        return child;
    if (!enter())
        ::_exit(1);
    pid_t inner = ::fork(); // the pid namespace counts from here
    if (inner != 0)
        ::_exit(::waitpid(inner, nullptr, 0) == inner ? 0 : 1);
    int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    char byte = 0;
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
        (void)!::read(socket, &byte, 1);
    ::_exit(0);
}

TEST(Peer, RootInsideAJailWithTheHostsUidsIsNotTheHostsRoot) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "it takes root to make a pid namespace alone";
    Folder folder;
    monitor::RuntimeDirectory directory(folder.path("run/socket"), true);
    const std::pair<const char*, std::function<bool()>> cases[] = {
        {"pid namespace",
         [] {
             return ::unshare(CLONE_NEWPID) == 0;
         }},
        {"user namespace",
         [] {
             return ::unshare(CLONE_NEWUSER) == 0;
         }},
    };
    for (const auto& [name, enter] : cases) {
        pid_t child = connect_from(folder.path("run/socket"), enter);
        pty::UniqueFd accepted(::accept4(directory.listener(), nullptr, nullptr, SOCK_CLOEXEC));
        for (int i = 0; !accepted && i < 2000; ++i) {
            ::usleep(1000);
            accepted.reset(::accept4(directory.listener(), nullptr, nullptr, SOCK_CLOEXEC));
        }
        ASSERT_TRUE(accepted) << name;
        auto result = monitor::identify_peer(accepted.get(), *monitor::own_whereabouts());
        EXPECT_FALSE(result.peer.has_value()) << name;
        EXPECT_NE(std::string::npos, result.refusal.find("namespace")) << name << ": " << result.refusal;
        accepted.reset();
        ::waitpid(child, nullptr, 0);
    }
}

} // namespace
