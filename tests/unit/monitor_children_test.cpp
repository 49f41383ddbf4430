// Whose child has ended, and what becomes of those that nobody has claimed by then.
#include "router/monitor/children.hpp"
#include "tests/unit/monitor_rig.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using monitor::EventLoop;
using monitor_test::run_until;

pid_t child_that_exits(int status) {
    pid_t child = ::fork();
    if (child == 0)
        ::_exit(status);
    return child;
}

class Children : public testing::Test {
protected:
    Children() {
        children.before_reaping = [this] {
            ++heard;
        };
        children.more_may_be_claimed = [this] {
            return more;
        };
        loop.on_child = [this] {
            children.reap();
        };
    }

    // Every child there is has ended, and been reaped.
    void reap_all() {
        run_until(loop, [] {
            siginfo_t info{};
            return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 && errno == ECHILD;
        });
    }

    EventLoop loop;
    monitor::Children children{loop};
    int heard = 0;
    bool more = false;
};

TEST_F(Children, TellTheirOwnersAndNobodyElse) {
    int first = -1, second = -1;
    children.claim(child_that_exits(3), [&](int status) {
        first = WEXITSTATUS(status);
    });
    pid_t child = child_that_exits(4);
    children.claim(child, [&](int) {
        ADD_FAILURE() << "it was claimed by another";
    });
    children.claim(child, [&](int status) {
        second = WEXITSTATUS(status);
    });
    reap_all();
    EXPECT_EQ(3, first);
    EXPECT_EQ(4, second);
    EXPECT_GT(heard, 0) << "helpers are heard before";
}

TEST_F(Children, AreKeptWhileSomebodyMayYetClaimThem) {
    auto begun = EventLoop::Clock::now();
    more = true;
    pid_t child = child_that_exits(5);
    reap_all();
    EXPECT_FALSE(children.claim_ended(child + 1, begun));
    auto status = children.claim_ended(child, begun);
    ASSERT_TRUE(status);
    EXPECT_EQ(5, WEXITSTATUS(*status));
    EXPECT_FALSE(children.claim_ended(child, begun)) << "twice";
}

TEST_F(Children, OfTheSameNumberThatEndedBeforeAreOthers) {
    more = true;
    pid_t child = child_that_exits(0);
    reap_all();
    EXPECT_FALSE(children.claim_ended(child, EventLoop::Clock::now()));
}

TEST_F(Children, ThatNobodyCanClaimAreForgotten) {
    auto begun = EventLoop::Clock::now();
    more = true;
    pid_t kept = child_that_exits(0);
    reap_all();
    more = false;
    pid_t forgotten = child_that_exits(0);
    reap_all();
    EXPECT_FALSE(children.claim_ended(forgotten, begun));
    EXPECT_FALSE(children.claim_ended(kept, begun)) << "who could have claimed it has not";
}

// More at once than are collected in one turn.
TEST_F(Children, AreAllReapedAndTheirOwnersFirst) {
    constexpr int many = 50;
    int told = 0;
    for (int i = 0; i < many; ++i)
        child_that_exits(0);
    children.claim(child_that_exits(0), [&](int) {
        ++told;
    });
    reap_all();
    EXPECT_EQ(1, told);
}

} // namespace
