#include "shell/report.hpp"
#include "shell/route/router_address.hpp"
#include "shell/route/router_connection.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using shell::choose_router;

class RouterDirectory : public testing::Test {
protected:
    RouterDirectory() {
        char path[] = "/tmp/jconsole-test.XXXXXX";
        base_ = ::mkdtemp(path);
        address_.directory = base_ + "/router";
        address_.socket = address_.directory + "/socket";
        address_.mode = 0700;
        address_.private_router = true;
    }
    ~RouterDirectory() override { std::filesystem::remove_all(base_); }

    std::string refusal() {
        try {
            shell::prepare_directory(address_);
        } catch (const shell::FailureError& error) {
            return error.failure().cause;
        }
        return "";
    }

    std::string base_;
    shell::RouterAddress address_;
};

TEST(RouterAddress, RootHasTheSystems) {
    auto address = choose_router({"", 0, "/run/user/0"});
    EXPECT_EQ("/run/jconsole/socket", address.socket);
    EXPECT_EQ("/run/jconsole/root.socket", address.root_socket);
    EXPECT_EQ("/run/jconsole", address.directory);
    EXPECT_EQ(0755U, address.mode);
    EXPECT_TRUE(address.on_demand);
    EXPECT_FALSE(address.private_router);
}

TEST(RouterAddress, EverybodyElseHasAPrivateOne) {
    auto address = choose_router({"", 1000, "/run/user/1000"});
    EXPECT_EQ("/run/user/1000/jconsole/socket", address.socket);
    EXPECT_EQ(0700U, address.mode);
    EXPECT_TRUE(address.on_demand);
    EXPECT_TRUE(address.private_router);
    EXPECT_EQ("", address.root_socket);
    EXPECT_EQ("/tmp/jconsole-1000/socket", choose_router({"", 1000, {}}).socket);
}

TEST(RouterAddress, AnOptionOverridesAndIsNeverStarted) {
    for (uid_t uid : {0U, 1000U}) {
        auto address = choose_router({"/x/y", uid, "/run/user/1000"});
        EXPECT_EQ("/x/y", address.socket);
        EXPECT_EQ("", address.root_socket) << "beside a socket of anybody's there may be anything";
        EXPECT_EQ("", address.directory);
        EXPECT_FALSE(address.on_demand);
    }
}

TEST(RouterAddress, TheSystemsIsTheSameByItsPath) {
    EXPECT_EQ("/run/jconsole/root.socket", choose_router({"/run/jconsole/socket", 0, {}}).root_socket);
    EXPECT_EQ("", choose_router({"/run/jconsole/socket", 1000, {}}).root_socket);
}

TEST(RouterAddress, APathThatNoSocketCanHaveIsRefused) {
    EXPECT_EQ("/x", shell::router_address("/x").socket);
    EXPECT_EQ(107U, shell::router_address(std::string(107, 'x')).socket.size());
    EXPECT_THROW(shell::router_address(std::string(108, 'x')), shell::FailureError);
}

TEST_F(RouterDirectory, IsMadeClosedAndThenTrusted) {
    mode_t before = ::umask(0);
    EXPECT_EQ("", refusal());
    ::umask(before);
    struct stat status = {};
    ASSERT_EQ(0, ::lstat(address_.directory.c_str(), &status));
    EXPECT_EQ(0700U, status.st_mode & 07777);
    EXPECT_EQ("", refusal());
}

TEST_F(RouterDirectory, IsNotTrustedWhereOthersMayHaveMadeIt) {
    ASSERT_EQ(0, ::mkdir(address_.directory.c_str(), 0700));
    ASSERT_EQ(0, ::chmod(address_.directory.c_str(), 0755));
    EXPECT_EQ("is open to others", refusal());
    ASSERT_EQ(0, ::rmdir(address_.directory.c_str()));

    ASSERT_EQ(0, ::mkdir((base_ + "/elsewhere").c_str(), 0700));
    ASSERT_EQ(0, ::symlink("elsewhere", address_.directory.c_str()));
    EXPECT_EQ("is not a directory", refusal());
    ASSERT_EQ(0, ::unlink(address_.directory.c_str()));

    std::ofstream(address_.directory) << "";
    EXPECT_EQ("is not a directory", refusal());
    ASSERT_EQ(0, ::unlink(address_.directory.c_str()));

    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can give a directory away";
    ASSERT_EQ(0, ::mkdir(address_.directory.c_str(), 0700));
    ASSERT_EQ(0, ::chown(address_.directory.c_str(), 12345, 12345));
    EXPECT_EQ("belongs to uid 12345", refusal());
}

TEST_F(RouterDirectory, AStaleOrMissingSocketIsNobodyListening) {
    ASSERT_EQ(0, ::mkdir(address_.directory.c_str(), 0700));
    EXPECT_FALSE(shell::connect_listening(address_)) << "missing";
    {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        address_.socket.copy(name.sun_path, sizeof name.sun_path - 1);
        pty::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(0, ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name));
        ASSERT_EQ(0, ::listen(listener.get(), 1));
        EXPECT_TRUE(shell::connect_listening(address_));
    }
    EXPECT_FALSE(shell::connect_listening(address_)) << "stale";
    try {
        shell::connect_router(address_);
        FAIL();
    } catch (const shell::FailureError& error) {
        EXPECT_EQ("no router listens at " + address_.socket, error.failure().cause);
    }
}

} // namespace
