// The relay at a terminal: raw for the session, as it was after every end, its size and its signals.
#include "pty/fdpass.hpp"
#include "pty/terminal.hpp"
#include "tests/unit/shell_relay_rig.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <string>

namespace {

using shell_test::pattern;
using shell_test::Peer;
using shell_test::Relay;
using shell_test::Script;
using shell_test::Terminal;
using wire::Stream;

TEST_F(Relay, TheTerminalIsRawForTheSessionAndThenAsItWas) {
    Terminal terminal;
    use(terminal);
    serve([&](Peer& peer) {
        auto request = peer.open();
        EXPECT_EQ(pty::WindowSize({30, 100, 0, 0}), request.terminal);
        peer.data(Stream::output, "a\nb");
        EXPECT_EQ("a\nb", terminal.read(3)) << "a raw terminal adds no carriage return";
        EXPECT_TRUE(terminal.raw());
        EXPECT_EQ(3, ::write(terminal.master.get(), "x\003\r", 3));
        std::string typed;
        while (typed.size() < 3)
            typed += peer.next().value().payload;
        EXPECT_EQ("x\003\r", typed);
        peer.send(wire::Exit{0, {}});
    });
    EXPECT_EQ(0, status());
    EXPECT_FALSE(terminal.raw());
}

TEST_F(Relay, TheTerminalIsAsItWasAfterEveryOtherEnd) {
    const Script ends[] = {
        [](Peer& peer) {
            peer.close();
        },
        [](Peer& peer) {
            peer.send(wire::Error{"demo", "read", "broken", "", 255});
        },
        [](Peer& peer) {
            peer.send("\377\377\377\377\377\377\377\377");
        },
        [](Peer&) {
            ::raise(SIGTERM);
        },
        [](Peer&) {
            ::raise(SIGINT);
        },
        [](Peer&) {
            ::raise(SIGHUP);
        },
        [](Peer&) {
            ::raise(SIGQUIT);
        },
        [](Peer&) {
            ::raise(SIGUSR1);
        },
    };
    for (const Script& end : ends) {
        Terminal terminal;
        use(terminal);
        std::string left_on = "\033[?1049h\033[?2004h";
        serve([&](Peer& peer) {
            peer.open();
            peer.data(Stream::output, left_on);
            EXPECT_EQ(left_on, terminal.read(left_on.size()));
            EXPECT_TRUE(terminal.raw());
            end(peer);
            while (peer.next()) // until the client has gone
                continue;
        });
        failure();
        EXPECT_FALSE(terminal.raw());
        std::string reset = "\033[?1049l\033[?2004l";
        EXPECT_EQ(reset, terminal.read(reset.size()));
    }
}

TEST_F(Relay, DiesOfTheSignalThatEndedIt) {
    Terminal terminal;
    use(terminal);
    serve([](Peer& peer) {
        peer.open();
        ::raise(SIGTERM);
        while (peer.next())
            continue;
    });
    EXPECT_EQ(SIGTERM, local_signal());
}

TEST_F(Relay, AHangupOfTheTerminalEndsIt) {
    auto terminal = std::make_unique<Terminal>();
    use(*terminal);
    pty::UniqueFd slave = std::move(terminal->slave);
    serve([&](Peer& peer) {
        peer.open();
        peer.data(Stream::output, "x");
        EXPECT_EQ("x", terminal->read(1));
        terminal.reset();
        while (peer.next())
            continue;
    });
    EXPECT_EQ(SIGHUP, local_signal());
}

TEST_F(Relay, AChangedSizeIsTold) {
    Terminal terminal;
    use(terminal);
    serve([&](Peer& peer) {
        peer.open();
        pty::set_window_size(terminal.master.get(), {50, 132, 1, 2});
        ::raise(SIGWINCH);
        EXPECT_EQ(pty::WindowSize({50, 132, 1, 2}), peer.expect<wire::Resize>().size);
        peer.send(wire::Exit{0, {}});
    });
    EXPECT_EQ(0, status());
}

TEST_F(Relay, AllOutputComesBeforeTheEndHoweverSlowTheTerminal) {
    Terminal terminal;
    use(terminal);
    std::string expected = pattern(1 << 20);
    serve([&](Peer& peer) {
        peer.open();
        peer.stream(Stream::output, expected);
        peer.send(wire::Exit{3, {}});
    });
    std::string seen;
    background([&] {
        while (seen.size() < expected.size()) {
            std::string piece = terminal.read(std::min<size_t>(1000, expected.size() - seen.size()));
            if (piece.empty())
                break;
            seen += piece;
        }
    });
    EXPECT_EQ(3, status());
    join();
    EXPECT_TRUE(expected == seen) << seen.size();
}

TEST_F(Relay, AStalledPasteHoldsUpNeitherResizeNorExit) {
    Terminal terminal;
    use(terminal);
    serve([&](Peer& peer) {
        peer.open();
        size_t got = 0;
        while (got < wire::initial_credit)
            got += peer.next().value().payload.size();
        pty::set_window_size(terminal.master.get(), {10, 20, 0, 0});
        ::raise(SIGWINCH);
        EXPECT_EQ(pty::WindowSize({10, 20, 0, 0}), peer.expect<wire::Resize>().size);
        peer.send(wire::Exit{5, {}});
    });
    ASSERT_EQ(0, ::fcntl(terminal.master.get(), F_SETFL, O_NONBLOCK));
    std::atomic<bool> over = false;
    background([&] {
        std::string paste(1000, 'p');
        while (!over) {
            pollfd entry{terminal.master.get(), POLLOUT, 0};
            if (::poll(&entry, 1, 10) == 1 && terminal.raw()) // what is typed before that may end up echoed
                [[maybe_unused]]
                auto written = ::write(terminal.master.get(), paste.data(), paste.size());
        }
    });
    EXPECT_EQ(5, status());
    over = true;
    join();
}

TEST_F(Relay, ForwardsSignalsWhereThereIsNoTerminal) {
    serve([](Peer& peer) {
        peer.open();
        for (const char* name : {"TERM", "HUP", "QUIT", "USR1", "USR2", "INT"}) {
            const std::pair<std::string_view, int> numbers[] = {{"TERM", SIGTERM}, {"HUP", SIGHUP},
                                                                {"QUIT", SIGQUIT}, {"USR1", SIGUSR1},
                                                                {"USR2", SIGUSR2}, {"INT", SIGINT}};
            for (auto [known, number] : numbers)
                if (known == name)
                    ::raise(number);
            EXPECT_EQ(name, peer.expect<wire::Signal>().name);
        }
        peer.send(wire::Exit{0, {}});
    });
    pty::Pipe input = pty::make_pipe();
    assignment_.input = input.read.get();
    EXPECT_EQ(0, status());
}

TEST_F(Relay, ASecondInterruptEndsTheClientItself) {
    pty::Pipe input = pty::make_pipe();
    assignment_.input = input.read.get();
    serve([](Peer& peer) {
        peer.open();
        ::raise(SIGINT);
        EXPECT_EQ("INT", peer.expect<wire::Signal>().name);
        ::raise(SIGINT);
        while (peer.next())
            continue;
    });
    EXPECT_EQ(SIGINT, local_signal());
}

} // namespace
