// The client as a child in the foreground.
#include "shell/screen/child.hpp"

#include <csignal>
#include <gtest/gtest.h>

namespace {

TEST(ScreenChild, IsNotStartedAfterASignalThatAsksForTheEnd) {
    volatile std::sig_atomic_t leaving = 0;
    EXPECT_EQ(top::run_in_foreground({"/bin/sh", "-c", "exit 3"}, leaving), 3);
    leaving = 1;
    EXPECT_EQ(top::run_in_foreground({"/bin/sh", "-c", "exit 3"}, leaving), 128 + SIGHUP);
}

TEST(ScreenChild, LeavesTheSignalsAsTheyWere) {
    volatile std::sig_atomic_t leaving = 0;
    struct sigaction before = {};
    before.sa_handler = [](int) {};
    struct sigaction original = {};
    ::sigaction(SIGTSTP, &before, &original);
    EXPECT_EQ(top::run_in_foreground({"/bin/true"}, leaving), 0);
    EXPECT_ANY_THROW(top::run_in_foreground({"/nowhere"}, leaving));
    struct sigaction after = {};
    ::sigaction(SIGTSTP, &original, &after);
    EXPECT_EQ(after.sa_handler, before.sa_handler);
}

} // namespace
