// The process that works out previews: that it serves again and again, and that nothing it is given matters
// to who asks.
#include "shell/screen/painter.hpp"

#include <cerrno>
#include <fstream>
#include <gtest/gtest.h>
#include <poll.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace {

std::optional<top::Picture> painted(top::Painter& painter, std::string_view output, int rows = 24,
                                    int columns = 80) {
    painter.paint(rows, columns, output);
    while (painter.busy()) {
        pollfd polled{painter.channel(), painter.events(), 0};
        constexpr int patience = 30'000; // ms
        if (::poll(&polled, 1, patience) <= 0)
            return {};
        painter.work();
    }
    return painter.take();
}

std::wstring row_of(const top::Picture& picture, int row) {
    std::wstring text;
    for (int column = 0; column < picture.columns; ++column)
        text += picture.cell(row, column).text;
    return text;
}

std::string child() {
    std::ifstream file("/proc/self/task/" + std::to_string(::getpid()) + "/children");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// libvterm 0.1.4 repeats for ever what has no width: a mark with nothing to stand on.
constexpr std::string_view endless = "\033[2;2H\xcc\x81\033[9b";

TEST(Painter, PaintsAgainAndAgainWithOneProcess) {
    top::Painter painter;
    auto first = painted(painter, "one");
    ASSERT_TRUE(first);
    EXPECT_EQ(row_of(*first, 0), L"one");
    std::string process = child();
    auto second = painted(painter, "\r\ntwo", 10, 20);
    ASSERT_TRUE(second);
    EXPECT_EQ(row_of(*second, 1), L"two") << "and nothing of the first";
    EXPECT_EQ(row_of(*second, 0), L"");
    EXPECT_EQ(second->rows, 10);
    EXPECT_EQ(child(), process);
}

TEST(Painter, TakesMoreThanASocketDoes) {
    top::Painter painter;
    // A socket holds 208 KiB; more than this takes the sanitizers' build near the second that a painter has.
    auto picture = painted(painter, std::string(size_t{256} << 10, 'x'), 100, 300);
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->cell(99, 0).text, L"x");
    EXPECT_FALSE(painter.take()) << "it is given once";
}

TEST(Painter, EndsWithWhatNeverEnds) {
    top::Painter painter;
    EXPECT_FALSE(painted(painter, endless));
    ASSERT_TRUE(painted(painter, "fine")) << "a fresh one serves what comes next";
    EXPECT_FALSE(painted(painter, endless)) << "though it has painted before";
    EXPECT_TRUE(painted(painter, "fine"));
}

TEST(Painter, ReplacesAProcessThatHasUsedItsTime) {
    top::Painter painter;
    std::string process;
    std::string much(size_t{1} << 20, 'x');
    int replaced = 0;
    for (int i = 0; i < 1000 && replaced < 2; ++i) {
        ASSERT_TRUE(painted(painter, much));
        replaced += !process.empty() && child() != process ? 1 : 0;
        process = child();
    }
    EXPECT_EQ(replaced, 2);
}

TEST(Painter, LeavesNoProcess) {
    {
        top::Painter painter;
        ASSERT_TRUE(painted(painter, "x"));
        painter.paint(24, 80, endless);
    }
    EXPECT_EQ(child(), "");
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

} // namespace
