// When the end-of-file character is typed, on a real pty with a clock of the test's own.
#include "router/worker/typed_end.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/terminal.hpp"
#include "tests/twin/fault_plan.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;

class TypedEnd : public testing::Test {
protected:
    TypedEnd() {
        master_.reset(pty::check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), "openpt"));
        ::unlockpt(master_.get());
        slave_.reset(::open(::ptsname(master_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
        ::tcgetattr(slave_.get(), &canonical_);
        canonical_.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        set(canonical_);
    }
    ~TypedEnd() override { kernel::set_plan(""); }

    void set(const termios& settings) const { ::tcsetattr(slave_.get(), TCSANOW, &settings); }
    void set_raw() const { set(pty::raw_settings(canonical_)); }
    void type(const std::string& keys) const {
        EXPECT_EQ(static_cast<ssize_t>(keys.size()), ::write(master_.get(), keys.data(), keys.size()));
    }
    // What is due after `time` more; it is typed, as a session would.
    std::string due(worker::TypedEnd::Clock::duration time = 0ms) {
        now_ += time;
        std::string keys = end_.due(master_.get(), shown_, now_);
        if (!keys.empty())
            type(keys);
        return keys;
    }
    // As a program would; nothing where there is nothing to read yet.
    [[nodiscard]] std::optional<std::string> read() const {
        char buffer[256];
        ssize_t got = ::read(slave_.get(), buffer, sizeof buffer);
        return got < 0 ? std::nullopt : std::optional(std::string(buffer, static_cast<size_t>(got)));
    }

    worker::TypedEnd end_;
    pty::UniqueFd master_, slave_;
    termios canonical_{};
    uint64_t shown_ = 0;
    worker::TypedEnd::Clock::time_point now_;
};

TEST_F(TypedEnd, WaitsUntilAllIsReadAndIsThereForEachReaderOfLines) {
    type("one\ntwo\n");
    EXPECT_EQ("", due());
    EXPECT_EQ("one\n", read());
    EXPECT_EQ("", due());
    EXPECT_EQ("two\n", read());
    for (int reader = 0; reader < 3; ++reader) {
        EXPECT_EQ("\x04", due());
        EXPECT_EQ("", due(1h)) << "it lies there unread";
        EXPECT_EQ("", read());
        EXPECT_EQ(std::nullopt, read());
    }
}

TEST_F(TypedEnd, FinishesALineFirst) {
    type("abc");
    EXPECT_EQ("\x04", due());
    EXPECT_EQ("abc", read());
    EXPECT_EQ("\x04", due());
    EXPECT_EQ("", read());
}

TEST_F(TypedEnd, IsTypedAnewWhereTheTerminalBecomesRaw) {
    EXPECT_EQ("\x04", due());
    EXPECT_EQ("", due()); // and it has arrived
    set_raw();
    EXPECT_EQ("", due(1h));
    EXPECT_EQ(std::string(1, '\0'), read()) << "what the kernel makes of it";
    EXPECT_EQ("", due()) << "who reads may be about to change the mode";
    EXPECT_EQ("\x7f\x04", due(10ms));
    EXPECT_EQ("\x7f\x04", read());
    EXPECT_EQ("", due(1h)) << "once";
    set(canonical_);
    EXPECT_EQ("\x04", due());
}

TEST_F(TypedEnd, IsAKeyLikeOthersWhereTheTerminalIsRaw) {
    set_raw();
    type("key");
    EXPECT_EQ("", due(1h));
    EXPECT_EQ("key", read());
    EXPECT_EQ("", due());
    ++shown_;
    EXPECT_EQ("", due(9ms));
    EXPECT_EQ("", due(9ms)) << "nothing may have been shown meanwhile";
    EXPECT_EQ("\x04", due(1ms));
    EXPECT_EQ("\x04", read());
    EXPECT_EQ("", due(1h));
    // An answer, and a question without a change of mode that could be seen.
    auto patience = 250ms;
    for (int answer = 0; answer < 5; ++answer, patience *= 2) {
        ++shown_;
        EXPECT_EQ("", due());
        EXPECT_EQ(answer == 0 ? "\x04" : "", due(patience - 1ms)) << "an hour has passed for the first";
        if (answer > 0) {
            EXPECT_EQ("\x04", due(1ms));
        }
        EXPECT_EQ("\x04", read());
    }
}

TEST_F(TypedEnd, IsTheTerminalsOwnCharacter) {
    canonical_.c_cc[VEOF] = 2;
    set(canonical_);
    EXPECT_EQ("\x02", due());
    EXPECT_EQ("", read());
    canonical_.c_cc[VEOF] = _POSIX_VDISABLE;
    set(canonical_);
    EXPECT_EQ("", due(1h));
}

TEST_F(TypedEnd, IsTypedOnceForEachModeWhereNobodyCanTellWhatIsUnread) {
    kernel::set_plan("pty_peer:*:ENOTTY");
    EXPECT_EQ("\x04", due());
    EXPECT_EQ("", read());
    EXPECT_EQ("", due(1h));
    set_raw();
    EXPECT_EQ("", due());
    EXPECT_EQ("\x7f\x04", due(10ms));
    EXPECT_EQ("", due(1h));
}

} // namespace
