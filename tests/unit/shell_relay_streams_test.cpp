// The relay between pipes, sockets and files: streams that are kept apart, end apart and hold each other up
// nowhere.
#include "pty/fdpass.hpp"
#include "tests/unit/shell_relay_rig.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <random>
#include <string>

namespace {

using shell_test::Pair;
using shell_test::pattern;
using shell_test::Peer;
using shell_test::read_to_end;
using shell_test::Relay;
using shell_test::stream_pair;
using shell_test::Terminal;
using wire::FrameType;
using wire::Stream;

TEST_F(Relay, PipesAreKeptApartAndEndApart) {
    pty::Pipe input = pty::make_pipe();
    pty::Pipe output = pty::make_pipe();
    pty::Pipe error = pty::make_pipe();
    assignment_.input = input.read.get();
    assignment_.output = output.write.release(); // the relay puts /dev/null in its place
    assignment_.error = error.write.get();
    std::string out = pattern(3 << 20);
    serve([&](Peer& peer) {
        peer.open();
        std::string typed;
        for (auto frame = peer.next().value(); frame.header.type != FrameType::end;
             frame = peer.next().value())
            typed += frame.payload;
        EXPECT_EQ("last words", typed);
        peer.data(Stream::error, "complaint");
        peer.stream(Stream::output, out, 1000);
        peer.frame(FrameType::end, Stream::output, "");
        peer.data(Stream::error, "!");
        while (peer.next()->header.type != FrameType::control) // a signal, sent once the end was seen
            continue;
        peer.send(wire::Exit{0, {}});
    });
    EXPECT_EQ(10, ::write(input.write.get(), "last words", 10));
    input.write.reset();
    std::string seen;
    background([&] {
        seen = read_to_end(output.read.get());
        ::raise(SIGUSR1);
    });
    EXPECT_EQ(0, status());
    ::close(assignment_.output);
    error.write.reset();
    EXPECT_EQ("complaint!", read_to_end(error.read.get()));
    join();
    EXPECT_TRUE(out == seen) << seen.size();
}

TEST_F(Relay, ASlowReaderOfOneStreamDoesNotHoldUpTheOther) {
    pty::Pipe output = pty::make_pipe();
    pty::Pipe error = pty::make_pipe();
    assignment_.output = output.write.get();
    assignment_.error = error.write.get();
    std::string full(wire::initial_credit, 'x');
    EXPECT_EQ(static_cast<ssize_t>(full.size()), ::write(output.write.get(), full.data(), full.size()))
        << "the pipe is full";
    serve([&](Peer& peer) {
        peer.open();
        peer.data(Stream::output, full);
        peer.data(Stream::error, "heard");
        peer.send(wire::Exit{0, {}});
    });
    background([&] {
        std::string heard(5, '\0');
        EXPECT_EQ(5, ::read(error.read.get(), heard.data(), 5));
        EXPECT_EQ("heard", heard);
        std::string all(2 * full.size(), '\0');
        for (size_t done = 0; done < all.size();)
            done += static_cast<size_t>(::read(output.read.get(), all.data() + done, all.size() - done));
        EXPECT_TRUE(std::string(2 * full.size(), 'x') == all);
    });
    EXPECT_EQ(0, status());
    join();
}

TEST_F(Relay, NeverSendsMoreThanItsCredit) {
    pty::Pipe input = pty::make_pipe();
    assignment_.input = input.read.get();
    std::string expected = pattern(2 << 20);
    serve([&](Peer& peer) {
        peer.open();
        std::string got;
        size_t room = wire::initial_credit;
        std::mt19937 random(1);
        while (got.size() < expected.size()) {
            auto frame = peer.next().value();
            EXPECT_EQ(FrameType::data, frame.header.type);
            EXPECT_LE(frame.payload.size(), room);
            room -= std::min(room, frame.payload.size());
            got += frame.payload;
            if (room < 1000 || random() % 3 == 0) {
                auto credit = static_cast<uint32_t>(random() % (wire::initial_credit - room) + 1);
                peer.credit(credit);
                room += credit;
            }
        }
        EXPECT_TRUE(expected == got);
        peer.send(wire::Exit{0, {}});
    });
    background([&] {
        pty::write_all(input.write.get(), expected, "pipe");
    });
    EXPECT_EQ(0, status());
    join();
}

TEST_F(Relay, EndsByTheBrokenPipeAsOtherToolsDo) {
    pty::Pipe output = pty::make_pipe();
    assignment_.output = output.write.get();
    output.read.reset();
    serve([](Peer& peer) {
        peer.open();
        peer.data(Stream::output, "y\n");
        while (peer.next())
            continue;
    });
    EXPECT_EQ(SIGPIPE, local_signal());
}

TEST_F(Relay, AClosedStandardErrorIsNoEnd) {
    pty::Pipe error = pty::make_pipe();
    assignment_.error = error.write.get();
    error.read.reset();
    serve([](Peer& peer) {
        peer.open();
        peer.stream(Stream::error, std::string(1 << 20, 'e'));
        peer.send(wire::Exit{0, {}});
    });
    EXPECT_EQ(0, status());
}

TEST_F(Relay, LeavesTheFlagsOfSharedDescriptionsAlone) {
    Terminal terminal;
    pty::Pipe input = pty::make_pipe();
    pty::Pipe output = pty::make_pipe();
    Pair sockets = stream_pair();
    const std::array<std::pair<int, int>, 3> ends{{
        {input.read.get(), output.write.get()},
        {sockets.ours.get(), sockets.ours.get()},
        {terminal.slave.get(), terminal.slave.get()},
    }};
    for (auto [in, out] : ends) {
        assignment_.input = in;
        assignment_.output = out;
        std::array<int, 2> before{::fcntl(in, F_GETFL), ::fcntl(out, F_GETFL)};
        serve([from = in, to = out, before](Peer& peer) {
            peer.open();
            peer.data(Stream::output, "x");
            EXPECT_EQ(before[0], ::fcntl(from, F_GETFL));
            EXPECT_EQ(before[1], ::fcntl(to, F_GETFL));
            peer.send(wire::Exit{0, {}});
        });
        EXPECT_EQ(0, status());
        EXPECT_EQ(before[0], ::fcntl(in, F_GETFL));
        EXPECT_EQ(before[1], ::fcntl(out, F_GETFL));
    }
}

TEST_F(Relay, PassesEverythingThroughSockets) {
    Pair sockets = stream_pair();
    assignment_.input = assignment_.output = sockets.ours.get();
    std::string expected = pattern(1 << 20);
    serve([&](Peer& peer) {
        peer.open();
        std::string got;
        while (got.size() < 4)
            got += peer.next().value().payload;
        EXPECT_EQ("ping", got);
        peer.stream(Stream::output, expected);
        peer.send(wire::Exit{0, {}});
    });
    std::string seen;
    EXPECT_EQ(4, ::write(sockets.theirs.get(), "ping", 4));
    background([&] {
        while (seen.size() < expected.size()) {
            std::array<char, 4000> buffer;
            ssize_t got = ::read(sockets.theirs.get(), buffer.data(), buffer.size());
            if (got <= 0)
                break;
            seen.append(buffer.data(), static_cast<size_t>(got));
        }
    });
    EXPECT_EQ(0, status());
    join();
    EXPECT_TRUE(expected == seen);
}

TEST_F(Relay, ReadsAFileFromWhereItStandsAndWritesOne) {
    char in_name[] = "/tmp/jconsole-test.XXXXXX";
    char out_name[] = "/tmp/jconsole-test.XXXXXX";
    pty::UniqueFd in(::mkstemp(in_name)), out(::mkstemp(out_name));
    std::string content = pattern(300000);
    pty::write_all(in.get(), "skipped" + content, "file");
    ASSERT_EQ(7, ::lseek(in.get(), 7, SEEK_SET));
    pty::write_all(out.get(), "before ", "file");
    assignment_.input = in.get();
    assignment_.output = out.get();
    serve([&](Peer& peer) {
        peer.open();
        std::string got;
        for (auto frame = peer.next().value(); frame.header.type != FrameType::end;
             frame = peer.next().value()) {
            got += frame.payload;
            peer.credit(static_cast<uint32_t>(frame.payload.size()));
        }
        EXPECT_TRUE(content == got);
        peer.data(Stream::output, "after");
        peer.send(wire::Exit{0, {}});
    });
    EXPECT_EQ(0, status());
    ASSERT_EQ(0, ::lseek(out.get(), 0, SEEK_SET));
    EXPECT_EQ("before after", read_to_end(out.get()));
    ::unlink(in_name);
    ::unlink(out_name);
}

} // namespace
