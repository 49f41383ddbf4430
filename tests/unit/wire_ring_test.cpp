#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "router/wire/ring.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace {

using wire::Ring;

void put(Ring& ring, std::string_view bytes, uint64_t slowest) {
    while (!bytes.empty()) {
        auto room = ring.room(slowest);
        ASSERT_FALSE(room.empty());
        size_t size = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), size);
        ring.publish(size);
        bytes.remove_prefix(size);
    }
}

std::string_view view(std::span<const char> bytes) {
    return {bytes.data(), bytes.size()};
}

std::string text(std::span<const char> bytes) {
    return {bytes.begin(), bytes.end()};
}

TEST(Ring, GivesBackWhatWasPutAcrossItsEnd) {
    pty::UniqueFd fd = Ring::create();
    Ring ring(fd.get());
    uint64_t cursor = 0;
    for (int round = 0; round < 100; ++round) {
        std::string bytes(7001, static_cast<char>('a' + round % 26));
        put(ring, bytes, cursor);
        EXPECT_EQ(bytes, text(ring.from(cursor)));
        cursor = ring.head();
    }
    EXPECT_EQ(700100U, ring.head());
}

TEST(Ring, TellsHowMuchItHeldToWhoDoesNotMapIt) {
    pty::UniqueFd fd = Ring::create();
    EXPECT_EQ(0U, Ring::head_of(fd.get()));
    Ring ring(fd.get());
    put(ring, "abc", 0);
    EXPECT_EQ(3U, Ring::head_of(fd.get()));
    EXPECT_EQ(0U, Ring::head_of(-1));
}

TEST(Ring, NeverOverwritesTheSlowestReader) {
    pty::UniqueFd fd = Ring::create();
    Ring ring(fd.get());
    std::string all;
    while (!ring.room(0).empty()) {
        std::string bytes(ring.room(0).size(), static_cast<char>('a' + all.size() / 1000 % 26));
        put(ring, bytes, 0);
        all += bytes;
    }
    EXPECT_EQ(all, text(ring.from(0)));
    EXPECT_GE(all.size(), Ring::capacity - 2 * Ring::window);
}

TEST(Ring, KeepsWhatItsTailSays) {
    pty::UniqueFd fd = Ring::create();
    Ring ring(fd.get());
    std::string all;
    for (int i = 0; i < 1000; ++i) {
        std::string bytes(1000, static_cast<char>('a' + i % 26));
        put(ring, bytes, ring.head());
        all += bytes;
        ASSERT_EQ(std::string_view(all).substr(ring.tail()), view(ring.from(ring.tail()))) << i;
    }
}

TEST(Ring, FindsBytesThatWereReadAndNotCounted) {
    pty::UniqueFd fd = Ring::create();
    {
        Ring ring(fd.get());
        put(ring, "counted ", 0);
        auto room = ring.room(0);
        std::memcpy(room.data(), "uncounted", 9);
    }
    Ring next(fd.get());
    EXPECT_EQ("counted uncounted", text(next.from(0)));
    Ring again(fd.get());
    EXPECT_EQ(17U, again.head()) << "recovering twice finds nothing more";
}

TEST(Ring, KeepsTheCountOfInput) {
    pty::UniqueFd fd = Ring::create();
    {
        Ring ring(fd.get());
        ring.add_input(7);
        ring.add_input(5);
    }
    EXPECT_EQ(12U, Ring(fd.get()).input());
}

TEST(Ring, RefusesWhatIsNoRing) {
    pty::UniqueFd small(::memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_THROW(Ring ring(small.get()), pty::StepError);
    ASSERT_EQ(0, ::ftruncate(small.get(), 4096 + Ring::capacity));
    EXPECT_THROW(Ring ring(small.get()), pty::StepError) << "right size, not sealed";
}

// A reader of numbered lines from a pipe is killed at random; the next one goes on. No byte may be lost or
// doubled. The checking side copies little onto the heap, here and above: what it frees AddressSanitizer
// keeps aside, 256 MB of it, and every fork copies the page tables of that, which took a hundred times the
// fork's own time.
TEST(Ring, LosesNothingWhenItsOwnerIsKilledAtAnyInstruction) {
    constexpr int kills = 300;
    pty::UniqueFd fd = Ring::create();
    pty::Pipe pipe = pty::make_pipe();
    pid_t writer = ::fork();
    if (writer == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        std::string lines;
        for (uint32_t n = 0;; ++n) {
            lines += std::to_string(n) + "\n";
            if (lines.size() > 4000) {
                pty::write_all(pipe.write.get(), lines, "pipe");
                lines.clear();
            }
        }
    }
    std::unique_ptr<pid_t, void (*)(pid_t*)> ended(&writer, [](pid_t* pid) {
        ::kill(*pid, SIGKILL);
        ::waitpid(*pid, nullptr, 0);
    });
    pipe.write.reset();
    uint64_t cursor = 0;
    uint32_t expected = 0;
    std::string partial;
    for (int kill = 0; kill < kills; ++kill) {
        pid_t reader = ::fork();
        if (reader == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            Ring ring(fd.get());
            uint64_t last = ring.head();
            for (;;) {
                // Stops where the checking side would lose track; it is killed there too.
                auto room = ring.room(last);
                if (room.empty())
                    ::pause();
                ssize_t got = ::read(pipe.read.get(), room.data(), room.size());
                if (got > 0)
                    ring.publish(static_cast<size_t>(got));
            }
        }
        ::usleep(static_cast<useconds_t>(kill * 37 % 900));
        ::kill(reader, SIGKILL);
        ASSERT_EQ(reader, ::waitpid(reader, nullptr, 0));
        Ring ring(fd.get());
        ASSERT_LE(ring.tail(), cursor);
        partial += view(ring.from(cursor));
        cursor = ring.head();
        size_t end = 0;
        for (size_t newline = partial.find('\n'); newline != std::string::npos;
             newline = partial.find('\n', end)) {
            ASSERT_EQ(std::to_string(expected++), partial.substr(end, newline - end))
                << "after kill " << kill;
            end = newline + 1;
        }
        partial.erase(0, end);
    }
    EXPECT_GT(expected, 10000U);
}

} // namespace
