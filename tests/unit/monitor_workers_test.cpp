// What the monitor hears of a worker that misbehaves or dies, and who waits for which.
#include "pty/fdpass.hpp"
#include "router/monitor/identities.hpp"
#include "router/monitor/worker_process.hpp"
#include "router/monitor/workers.hpp"
#include "tests/unit/monitor_rig.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using monitor::EventLoop;
using monitor_test::run_until;

enum Misbehaviour : uid_t { garbage, too_early, too_short, deaf, leaves };

// Where this very program is executed as `jworker N`: does what N, or the principal with that uid, says
// instead of running tests.
[[gnu::constructor]] void act_as_worker(int argc, char** argv, char** /*environment*/) {
    if (argc != 2 || std::strcmp(argv[0], "jworker") != 0)
        return;
    auto say = [](std::string_view bytes) {
        pty::send_message(3, bytes);
        ::alarm(5);
        ::pause();
    };
    switch (std::strtoul(argv[1], nullptr, 10) % monitor::worker_uids) {
    case garbage:
        say("garbage that is longer than a header");
        break;
    case too_early:
        say(wire::bytes_of(wire::LinkIdle{})); // before `ready`
        break;
    case too_short:
        say(wire::bytes_of(wire::LinkReady{}).substr(0, 7));
        break;
    case deaf:
        say(wire::bytes_of(wire::LinkReady{}));
        break;
    default:
        break;
    }
    ::_exit(0);
}

std::string end_of_worker(Misbehaviour what) {
    EventLoop loop;
    pty::UniqueFd program(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    std::string reason;
    monitor::WorkerProcess worker(loop, program.get(), wire::Principal(0), what);
    worker.on_message = [](auto, const auto&, auto&) {};
    worker.on_end = [&](const char* why) {
        reason = why;
    };
    run_until(loop, [&] {
        return !reason.empty();
    });
    int status = 0;
    EXPECT_EQ(worker.pid(), ::waitpid(worker.pid(), &status, 0)) << "it still lives";
    return reason;
}

TEST(WorkerProcess, EndsOneThatSendsWhatTheTableDoesNotPermit) {
    for (Misbehaviour what : {garbage, too_early, too_short})
        EXPECT_EQ("it sent what it may not", end_of_worker(what)) << what;
}

TEST(WorkerProcess, TellsThatOneHasEnded) {
    EXPECT_EQ("it has ended", end_of_worker(leaves));
}

TEST(WorkerProcess, EndsOneThatTakesNothing) {
    EventLoop loop;
    pty::UniqueFd program(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    std::string reason;
    monitor::WorkerProcess worker(loop, program.get(), wire::Principal(0), deaf);
    worker.on_message = [](auto, const auto&, auto&) {};
    worker.on_end = [&](const char* why) {
        reason = why;
    };
    for (int i = 0; i < 40'000; ++i)
        worker.send(wire::LinkExited{});
    run_until(loop, [&] {
        return !reason.empty();
    });
    ASSERT_EQ("it has ended", reason); // else the wait for it would have no end
    EXPECT_EQ(worker.pid(), ::waitpid(worker.pid(), nullptr, 0));
}

class Workers : public testing::Test {
protected:
    Workers() {
        workers.on_message = [](auto, auto, const auto&, auto&) {};
        workers.on_end = [this](wire::Principal) {
            events += 'e';
            return sessions_wait;
        };
        workers.on_return = [this](monitor::WorkerProcess&) {
            events += 'r';
        };
        workers.on_turn = [this](uint64_t) {
            events += 't';
            ++turns;
            return takes_turn;
        };
    }
    ~Workers() override {
        while (::waitpid(-1, nullptr, 0) > 0)
            ;
    }

    EventLoop loop;
    pty::UniqueFd program{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
    monitor::Workers workers{loop, program.get(), true};
    wire::Principal leaving{leaves};
    std::string events;
    int turns = 0;
    bool sessions_wait = false, takes_turn = true;
};

TEST_F(Workers, HaveABoundedNumberOfConnectionsWithoutARequest) {
    for (uint64_t connection = 1; connection <= 300; ++connection)
        workers.queue(leaving, connection);
    EXPECT_EQ(256, turns);
    workers.request_over(leaving);
    EXPECT_EQ(257, turns);
    workers.queue(wire::Principal(deaf), 301);
    EXPECT_EQ(258, turns) << "another's do not wait for them";
}

TEST_F(Workers, AreNotWaitedForByConnectionsThatAreOver) {
    takes_turn = false;
    for (uint64_t connection = 1; connection <= 300; ++connection)
        workers.queue(leaving, connection);
    EXPECT_EQ(300, turns);
}

TEST_F(Workers, AreNotReplacedWhereNothingWaits) {
    workers.of(leaving);
    run_until(loop, [&] {
        return !events.empty();
    });
    EXPECT_EQ("e", events);
    EXPECT_FALSE(workers.runs(leaving));
    workers.send(leaving, wire::LinkExited{}); // to nobody
}

// Each next one dies as the last did: the first are replaced at once, then there are pauses, in which nobody
// has his turn.
TEST_F(Workers, AreReplacedAfterPausesWhereTheyKeepDying) {
    sessions_wait = true;
    workers.of(leaving);
    run_until(loop, [&] {
        return events.size() == 7;
    });
    ASSERT_EQ("erererer", events + 'r');
    workers.queue(leaving, 1);
    EXPECT_EQ("erererer", events + 'r') << "there is a pause";
    sessions_wait = false;
    run_until(loop, [&] {
        return events.size() > 9;
    });
    EXPECT_EQ("erererer"
              "te",
              events);
}

} // namespace
