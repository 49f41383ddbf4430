// The monitor's loop: descriptors, children, signals, timers.
#include "pty/fdpass.hpp"
#include "tests/unit/monitor_rig.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using monitor::EventLoop;
using monitor_test::run_until;
using monitor_test::Sleeper;

TEST(EventLoop, AWatchMayLeaveFromWithinItsOwnCallback) {
    EventLoop loop;
    int called = 0;
    pty::Pipe first = pty::make_pipe(), second = pty::make_pipe();
    std::unique_ptr<EventLoop::Watch> one, two;
    one = std::make_unique<EventLoop::Watch>(loop, first.read.get(), POLLIN, [&](short) {
        ++called;
        one.reset();
        two.reset(); // polled as ready too, and gone before its turn
    });
    two = std::make_unique<EventLoop::Watch>(loop, second.read.get(), POLLIN, [&](short) {
        ++called;
        one.reset();
        two.reset();
    });
    ASSERT_EQ(1, ::write(first.write.get(), "x", 1));
    ASSERT_EQ(1, ::write(second.write.get(), "x", 1));
    run_until(loop, [&] {
        return called > 0;
    });
    EXPECT_EQ(1, called);
}

TEST(EventLoop, TellsOfAChildThatEndedAndOfSignals) {
    EventLoop loop;
    bool child = false, terminate = false, hangup = false;
    loop.on_child = [&] {
        child = true;
    };
    loop.on_terminate = [&] {
        terminate = true;
    };
    loop.on_hangup = [&] {
        hangup = true;
    };
    Sleeper sleeper;
    ::kill(sleeper.pid(), SIGKILL);
    ::kill(::getpid(), SIGTERM);
    ::kill(::getpid(), SIGHUP);
    run_until(loop, [&] {
        return child && terminate && hangup;
    });
    EXPECT_TRUE(child);
    EXPECT_TRUE(terminate);
    EXPECT_TRUE(hangup);
}

TEST(EventLoop, ATimerThatIsTakenBackIsNotCalled) {
    EventLoop loop;
    bool wrong = false, right = false;
    auto taken_back = std::make_unique<EventLoop::Timer>(loop, 1ms, [&] {
        wrong = true;
    });
    EventLoop::Timer kept(loop, 5ms, [&] {
        right = true;
    });
    taken_back.reset();
    run_until(loop, [&] {
        return right;
    });
    EXPECT_TRUE(right);
    EXPECT_FALSE(wrong);
}

} // namespace
