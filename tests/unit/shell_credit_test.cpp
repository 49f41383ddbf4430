#include "shell/relay/credit.hpp"

#include <gtest/gtest.h>

namespace {

constexpr size_t window = wire::initial_credit;

TEST(SendWindow, HoldsWhatTheOtherEndHasNotConsumed) {
    shell::SendWindow sent(true);
    EXPECT_EQ(window, sent.room());
    sent.sent("abcdef");
    EXPECT_EQ(window - 6, sent.room());
    EXPECT_TRUE(sent.consumed(2));
    EXPECT_EQ("cdef", sent.pending());
    EXPECT_EQ(window - 4, sent.room());
    EXPECT_FALSE(sent.consumed(5));
    EXPECT_EQ("cdef", sent.pending());
}

TEST(SendWindow, IsEmptyWhenAllCreditIsSpent) {
    shell::SendWindow sent(true);
    sent.sent(std::string(window, 'x'));
    EXPECT_EQ(0U, sent.room());
    EXPECT_TRUE(sent.consumed(window));
    EXPECT_EQ(window, sent.room());
}

TEST(SendWindow, ResumesFromWhatTheOtherEndHas) {
    shell::SendWindow sent(true);
    sent.sent("abcdef");
    ASSERT_TRUE(sent.consumed(2));
    EXPECT_FALSE(sent.resume(1)) << "it had two";
    EXPECT_FALSE(sent.resume(7)) << "it was sent six";
    EXPECT_TRUE(sent.resume(5));
    EXPECT_EQ("f", sent.pending());
    EXPECT_TRUE(sent.resume(6));
    EXPECT_EQ("", sent.pending());
}

TEST(SendWindow, KeepsNothingThatIsNeverSentAgain) {
    shell::SendWindow sent(false);
    sent.sent("abcdef");
    EXPECT_EQ(window - 6, sent.room());
    EXPECT_EQ("", sent.pending());
    EXPECT_FALSE(sent.consumed(7));
    EXPECT_TRUE(sent.consumed(6));
    EXPECT_EQ(window, sent.room());
    EXPECT_FALSE(sent.resume(6));
}

TEST(ReceiveWindow, RefusesMoreThanItGave) {
    shell::ReceiveWindow received;
    EXPECT_TRUE(received.received(window));
    EXPECT_FALSE(received.received(1));
    EXPECT_EQ(window, received.total());
}

TEST(ReceiveWindow, GivesCreditBackByHalves) {
    shell::ReceiveWindow received;
    ASSERT_TRUE(received.received(window));
    EXPECT_EQ(0U, received.consumed(window / 2 - 1));
    EXPECT_EQ(window / 2, received.consumed(1));
    EXPECT_TRUE(received.received(window / 2));
    EXPECT_FALSE(received.received(1));
    EXPECT_EQ(window, received.consumed(window));
}

TEST(ReceiveWindow, OwesNothingForTheConnectionBefore) {
    shell::ReceiveWindow received;
    ASSERT_TRUE(received.received(window));
    ASSERT_EQ(0U, received.consumed(100));
    received.restart(window - 100);
    EXPECT_TRUE(received.received(window));
    EXPECT_EQ(0U, received.consumed(window - 100)) << "bytes of the old connection";
    EXPECT_FALSE(received.received(1));
    EXPECT_EQ(window, received.consumed(window));
    EXPECT_EQ(2 * window, received.total());
}

} // namespace
