// The relay and its connection: the request and its answer, a connection that is lost or resumed, a router
// that breaks the protocol.
#include "pty/fdpass.hpp"
#include "tests/unit/shell_relay_rig.hpp"

#include <algorithm>
#include <csignal>
#include <random>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using shell_test::pattern;
using shell_test::Peer;
using shell_test::read_to_end;
using shell_test::Relay;
using shell_test::Script;
using shell_test::Terminal;
using wire::FrameType;
using wire::Stream;

TEST_F(Relay, AsksInOneGoAndEndsWithTheStatus) {
    assignment_.open.command = {"true"};
    serve([](Peer& peer) {
        auto request = peer.open();
        EXPECT_EQ("demo", request.jail);
        EXPECT_EQ(std::vector<std::string>{"true"}, request.command);
        EXPECT_FALSE(request.terminal);
        peer.send(wire::Exit{7, {}});
    });
    EXPECT_EQ(7, status());
}

TEST_F(Relay, ASignalIsAStatusAsTheShellsHaveIt) {
    serve([](Peer& peer) {
        peer.open();
        peer.send(wire::Exit{{}, SIGKILL});
    });
    EXPECT_EQ(128 + SIGKILL, status());
}

TEST_F(Relay, AnErrorIsTheRoutersWords) {
    serve([](Peer& peer) {
        peer.expect<wire::Hello>();
        peer.send(wire::Hello{wire::protocol_version, "test"});
        peer.send(wire::Error{"demo", "enter", "not\033 running", "start it", 255});
    });
    EXPECT_EQ("jconsole: demo: enter: not\\x1b running; start it", failure());
}

TEST_F(Relay, TriesAgainWhereTheRouterEndsBeforeItsHello) {
    serve([](Peer& peer) {
        peer.close();
    });
    serve([](Peer& peer) {
        peer.expect<wire::Hello>();
    });
    serve([](Peer& peer) {
        peer.open();
        peer.send(wire::Exit{0, {}});
    });
    EXPECT_EQ(0, status());
}

TEST_F(Relay, DoesNotTryForEver) {
    for (int i = 0; i < 20; ++i)
        serve([](Peer& peer) {
            peer.close();
        });
    EXPECT_EQ(
        "jconsole: demo: connection: the router closed the connection; try again; the router's log says why",
        failure());
    EXPECT_EQ(15U, scripts_.size());
}

TEST_F(Relay, AConnectionLostIsNoSuccess) {
    serve([](Peer& peer) {
        peer.open();
        peer.close();
    });
    EXPECT_EQ("jconsole: demo: connection: the router closed the connection; the session has ended with it",
              failure());
}

TEST_F(Relay, AVerbThatIsLostWasPerhapsNotDone) {
    assignment_.open.verb = "start";
    serve([](Peer& peer) {
        peer.open();
        peer.close();
    });
    EXPECT_EQ("jconsole: demo: start: the router was ended, or a part of it, before this was done; look with "
              "'jconsole ls', and try again",
              failure());
}

TEST_F(Relay, AConnectionThatDoesNotComeBackIsLost) {
    Terminal terminal;
    use(terminal);
    serve([](Peer& peer) {
        peer.open("token");
    });
    EXPECT_EQ(
        "jconsole: demo: connection: the connection broke and did not come back; the session may have ended: "
        "look with 'jconsole sessions'",
        failure());
    EXPECT_FALSE(terminal.raw());
}

// Cuts the connection again and again while data flows both ways, with bytes on their way that the router did
// not get and bytes that it got and did not acknowledge.
TEST_F(Relay, ResumesWithoutLosingOrDoublingAByte) {
    pty::Pipe input = pty::make_pipe();
    pty::Pipe output = pty::make_pipe();
    assignment_.input = input.read.get();
    assignment_.output = output.write.get();
    assignment_.open.terminal = pty::WindowSize{24, 80, 0, 0}; // nothing else is resumed
    std::string expected = pattern(1 << 20);
    std::string got;
    uint64_t produced = 0;
    std::mt19937 random(7);
    constexpr int cuts = 40;
    // One connection: takes some input, of which it loses the last piece; sends some output.
    auto talk = [&](Peer& peer) {
        uint64_t target = produced + random() % wire::initial_credit;
        while (produced < std::min<uint64_t>(target, expected.size())) {
            size_t size =
                std::min<size_t>({1 + random() % 5000, expected.size() - produced, target - produced});
            peer.data(Stream::output, std::string_view(expected).substr(produced, size));
            produced += size;
        }
        for (unsigned frames = random() % 4; frames > 0 && got.size() < expected.size(); --frames) {
            auto frame = peer.next().value();
            if (frame.header.type != FrameType::data)
                continue;
            size_t kept = frames == 1 ? random() % (frame.payload.size() + 1) : frame.payload.size();
            got.append(frame.payload, 0, kept);
            if (random() % 4 == 0)
                return; // has bytes that the client does not know of
            peer.credit(static_cast<uint32_t>(kept));
        }
    };
    auto resume = [&](Peer& peer) {
        peer.expect<wire::Hello>();
        auto request = peer.expect<wire::Resume>();
        EXPECT_EQ("demo:1", request.session);
        EXPECT_EQ("token", request.token);
        EXPECT_LE(request.received, produced);
        produced = request.received; // what the client did not get is sent again
        peer.send(wire::Hello{wire::protocol_version, "test"});
        peer.send(wire::Resumed{got.size()});
    };
    serve([&](Peer& peer) {
        peer.open("token");
        talk(peer);
    });
    for (int i = 0; i < cuts; ++i)
        serve([&](Peer& peer) {
            resume(peer);
            talk(peer);
        });
    serve([&](Peer& peer) {
        resume(peer);
        while (got.size() < expected.size()) {
            auto frame = peer.next().value();
            if (frame.header.type != FrameType::data)
                continue;
            got += frame.payload;
            peer.credit(static_cast<uint32_t>(frame.payload.size()));
        }
        size_t rest = produced;
        peer.stream(Stream::output, std::string_view(expected).substr(rest));
        peer.send(wire::Exit{0, {}});
    });
    std::string seen;
    background([&] {
        pty::write_all(input.write.get(), expected, "pipe");
        input.write.reset();
    });
    background([&] {
        seen = read_to_end(output.read.get(), 3000, 50us);
    });
    EXPECT_EQ(0, status());
    output.write.reset();
    join();
    EXPECT_TRUE(expected == got) << got.size();
    EXPECT_TRUE(expected == seen) << seen.size();
}

TEST_F(Relay, AnythingTheProtocolDoesNotAllowEndsIt) {
    auto hello = [](Peer& peer) {
        peer.send(wire::Hello{wire::protocol_version, "test"});
    };
    auto opened = [](Peer& peer) {
        peer.send(wire::Opened{"demo:1", "", {}});
    };
    const std::pair<Script, std::string> cases[] = {
        {[&](Peer& peer) {
             opened(peer);
         },
         "a session opened that was not asked for"},
        {[&](Peer& peer) {
             hello(peer);
             opened(peer);
             opened(peer);
         },
         "a session opened that was not asked for"},
        {[&](Peer& peer) {
             peer.send(wire::Hello{wire::protocol_version + 1, "test"});
         },
         "the router speaks protocol version " + std::to_string(wire::protocol_version + 1) +
             ", this program " + std::to_string(wire::protocol_version)},
        {[&](Peer& peer) {
             hello(peer);
             peer.data(Stream::output, "x");
         },
         "data before the session is open"},
        {[&](Peer& peer) {
             hello(peer);
             opened(peer);
             peer.data(Stream::input, "x");
         },
         "data on a stream that does not come from the router"},
        {[&](Peer& peer) {
             hello(peer);
             opened(peer);
             peer.data(Stream::error, "x");
         },
         "data on a stream that does not come from the router"},
        {[&](Peer& peer) {
             hello(peer);
             opened(peer);
             peer.credit(1);
         },
         "credit for bytes that were never sent"},
        {[&](Peer& peer) {
             hello(peer);
             peer.send(wire::Resumed{0});
         },
         "the session cannot go on from where the router says"},
        {[&](Peer& peer) {
             peer.send(std::string("\004\001\000\000\000\000\000\001", 8));
         },
         "reserved byte is not zero"},
        {[&](Peer& peer) {
             peer.send(std::string("\004\000\000\000\377\377\377\377", 8));
         },
         "frame length is not allowed for this type"},
        {[&](Peer& peer) {
             peer.send(std::string("\011\000\000\000\000\000\000\001", 8));
         },
         "unknown frame type"},
        {[&](Peer& peer) {
             peer.send(std::string("\r\nPlease log in as\033[1m admin\nor not at all\n"));
         },
         "this came in place of the router's answer: \"Please log in as\\x1b[1m admin\""},
        {[&](Peer& peer) {
             peer.send(std::string("no\n"));
         },
         "this came in place of the router's answer: \"no\""},
        {[&](Peer& peer) {
             peer.send("a" + std::string(300, '\'') + "\n");
         },
         "this came in place of the router's answer: \"a" + std::string(199, '\'') + "...\""},
        {[&](Peer& peer) {
             hello(peer);
             peer.send(std::string("Please log in\n"));
         },
         "unknown frame type"},
        {[&](Peer& peer) {
             peer.frame(FrameType::control, Stream::control, "[]");
         },
         "not a JSON object, or nested too deeply"},
        {[&](Peer& peer) {
             peer.frame(FrameType::control, Stream::control, "{\"type\":\"x\"}");
         },
         "unknown message type"},
    };
    for (const auto& [script, cause] : cases) {
        Terminal terminal;
        use(terminal);
        serve([&chosen = script](Peer& peer) {
            peer.expect<wire::Hello>();
            peer.expect<wire::Open>();
            chosen(peer);
            while (peer.next())
                continue;
        });
        std::string line = failure();
        EXPECT_TRUE(line.starts_with("jconsole: demo: protocol: " + cause + ";")) << cause << ": " << line;
        EXPECT_FALSE(terminal.raw());
    }
}

TEST_F(Relay, MoreDataThanItsCreditEndsIt) {
    pty::Pipe output = pty::make_pipe();
    assignment_.output = output.write.get();
    serve([](Peer& peer) {
        peer.open();
        for (int i = 0; i < 4; ++i)
            peer.data(Stream::output, std::string(wire::max_data, 'x'));
    });
    EXPECT_NE(std::string::npos, failure().find("more data than there was credit for"));
}

} // namespace
