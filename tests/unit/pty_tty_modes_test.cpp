#include "pty/tty_modes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <pty.h>
#include <random>
#include <unistd.h>

namespace {

termios settings_of_new_terminal() {
    int master = -1;
    int slave = -1;
    termios settings{};
    EXPECT_EQ(0, ::openpty(&master, &slave, nullptr, nullptr, nullptr));
    EXPECT_EQ(0, ::tcgetattr(slave, &settings));
    ::close(slave);
    ::close(master);
    return settings;
}

bool same(const termios& one, const termios& other) {
    return one.c_iflag == other.c_iflag && one.c_oflag == other.c_oflag && one.c_cflag == other.c_cflag &&
           one.c_lflag == other.c_lflag && std::ranges::equal(one.c_cc, other.c_cc) &&
           ::cfgetispeed(&one) == ::cfgetispeed(&other) && ::cfgetospeed(&one) == ::cfgetospeed(&other);
}

TEST(TtyModes, AreWrittenAsTheStandardHasThem) {
    termios settings = settings_of_new_terminal();
    settings.c_cc[VERASE] = 8;
    settings.c_cc[VEOL] = _POSIX_VDISABLE;
    settings.c_iflag |= IUTF8;
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::cfsetospeed(&settings, B9600);
    std::string modes = pty::encode_tty_modes(settings);
    for (const std::string& entry :
         {std::string("\x03\0\0\0\x08", 5), std::string("\x06\0\0\0\xff", 5), std::string("\x2a\0\0\0\1", 5),
          std::string("\x35\0\0\0\0", 5), std::string("\x81\0\0\x25\x80", 5)}) {
        size_t place = modes.find(entry);
        ASSERT_NE(std::string::npos, place) << static_cast<int>(entry[0]);
        EXPECT_EQ(0U, place % 5);
    }
    EXPECT_EQ(1U, modes.size() % 5);
    EXPECT_EQ('\0', modes.back());
}

TEST(TtyModes, ComeBackAsTheyWere) {
    std::mt19937 random(3);
    termios base = settings_of_new_terminal();
    for (int round = 0; round < 200; ++round) {
        // Every mode of one and every mode of the other, whatever they are.
        termios users = base;
        termios jails = base;
        for (int place : {VINTR, VERASE, VEOF, VSUSP, VLNEXT, VWERASE})
            users.c_cc[place] = static_cast<cc_t>(random() % 255);
        users.c_iflag ^= static_cast<tcflag_t>(random()) & (ISTRIP | IXON | IXANY | IUTF8 | ICRNL | PARMRK);
        users.c_lflag ^= static_cast<tcflag_t>(random()) & (ISIG | ICANON | ECHO | TOSTOP | ECHOCTL);
        users.c_oflag ^= static_cast<tcflag_t>(random()) & (OPOST | ONLCR);
        jails.c_iflag ^= static_cast<tcflag_t>(random()) & (ISTRIP | IXON | IXANY | IUTF8 | ICRNL | PARMRK);
        jails.c_lflag ^= static_cast<tcflag_t>(random()) & (ISIG | ICANON | ECHO | TOSTOP | ECHOCTL);
        ::cfsetospeed(&users, B115200);
        ::cfsetispeed(&users, B115200);
        pty::apply_tty_modes(jails, pty::encode_tty_modes(users));
        EXPECT_TRUE(same(users, jails)) << round;
    }
}

// Those of a pty have no size and parity, and what a terminal waits for (VMIN, VTIME) is its program's.
TEST(TtyModes, WhateverIsSentOnlyWhatSttyCouldSetChanges) {
    std::mt19937 random(5);
    const termios base = settings_of_new_terminal();
    for (int round = 0; round < 20000; ++round) {
        std::string modes(random() % 40, '\0');
        for (char& byte : modes)
            byte = static_cast<char>(random() % 3 == 0 ? random() : random() % 2);
        termios changed = base;
        pty::apply_tty_modes(changed, modes);
        EXPECT_EQ(base.c_cflag & ~static_cast<tcflag_t>(CBAUD),
                  changed.c_cflag & ~static_cast<tcflag_t>(CBAUD));
        EXPECT_NE(static_cast<speed_t>(B0), ::cfgetospeed(&changed));
        EXPECT_EQ(base.c_cc[VMIN], changed.c_cc[VMIN]);
        EXPECT_EQ(base.c_cc[VTIME], changed.c_cc[VTIME]);
        EXPECT_EQ(base.c_line, changed.c_line);
        EXPECT_EQ(0U, changed.c_lflag & EXTPROC);
    }
}

} // namespace
