#include "jailcore/linux/starter/await_child.hpp"
#include "pty/error.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using jailcore::await_child;
using std::chrono::seconds;

pid_t child(int status, useconds_t after = 0) {
    pid_t pid = ::fork();
    if (pid != 0)
        return pid;
    ::usleep(after);
    ::_exit(status);
}

TEST(AwaitChild, TellsTheStatusOfTheOneAndCollectsTheOthers) {
    for (auto limit : {std::optional<seconds>(), std::optional<seconds>(60)}) {
        child(1);
        pid_t awaited = child(7, 100000);
        child(2, 50000);
        auto status = await_child(awaited, limit, "it");
        ASSERT_TRUE(status);
        EXPECT_EQ(7, WEXITSTATUS(*status));
        EXPECT_EQ(-1, ::waitpid(-1, nullptr, WNOHANG));
        EXPECT_EQ(ECHILD, errno);
    }
}

TEST(AwaitChild, GivesUpAtTheLimit) {
    pid_t late = child(0, 1500000);
    child(0);
    EXPECT_FALSE(await_child(late, seconds(1), "it"));
    EXPECT_EQ(0, ::waitpid(-1, nullptr, WNOHANG)) << "the other one is collected";
    EXPECT_TRUE(await_child(late, std::nullopt, "it"));
}

TEST(AwaitChild, FailsWithoutSuchAChild) {
    try {
        await_child(::getpid(), std::nullopt, "it");
        FAIL();
    } catch (const pty::StepError& error) {
        EXPECT_EQ(ECHILD, error.error());
    }
}

} // namespace
