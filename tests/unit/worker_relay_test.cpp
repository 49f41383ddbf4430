// Sessions of the worker on real ptys and pipes: what a program writes arrives, all of it, and the end is
// told once.
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/terminal.hpp"
#include "router/worker/pipe_session.hpp"
#include "router/worker/terminal_session.hpp"
#include "tests/twin/fault_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Client {
    std::shared_ptr<worker::Viewer> viewer = std::make_shared<worker::Viewer>();
    std::shared_ptr<worker::Session> session;
    std::string output, error;
    size_t consumed_input = 0;
    size_t window = wire::max_data;
    std::optional<wire::Exit> exit;
    int exits = 0;
    bool busy = false;
    asio::io_context* context = nullptr;

    Client() {
        viewer->output_ready = [this] {
            output_ready();
        };
        viewer->input_consumed = [this](size_t bytes) {
            consumed_input += bytes;
        };
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    worker::Output next() const { return session->output(*viewer, {window, window}); }
    void output_ready() {
        if (busy)
            return;
        busy = true;
        for (worker::Output next = this->next(); !next.bytes.empty(); next = this->next()) {
            auto& to = next.stream == wire::Stream::error ? error : output;
            to.append(next.bytes.data(), next.bytes.size());
            session->consumed(*viewer, next.stream, next.bytes.size());
        }
        if (auto told = session->finished(*viewer)) {
            exit = told;
            ++exits;
            session->close();
            context->stop();
        }
        busy = false;
    }
};

struct Terminal {
    pty::UniqueFd master, slave;
};

Terminal open_terminal(bool raw = true) {
    Terminal terminal;
    terminal.master = pty::UniqueFd(pty::check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "openpt"));
    ::grantpt(terminal.master.get());
    ::unlockpt(terminal.master.get());
    terminal.slave = pty::UniqueFd(::open(::ptsname(terminal.master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (raw) {
        termios settings{};
        ::tcgetattr(terminal.slave.get(), &settings);
        settings = pty::raw_settings(settings);
        ::tcsetattr(terminal.slave.get(), TCSANOW, &settings);
    }
    return terminal;
}

// Runs `program` in a child that has the slave, then relays until the session is over. The child's end is
// reported when it comes, as the monitor would.
struct Relay {
    asio::io_context context{1};
    std::shared_ptr<Client> client = std::make_shared<Client>();
    pid_t child = -1;
    Terminal terminal;
    pty::UniqueFd ring = wire::Ring::create();

    explicit Relay(const std::function<int(int slave)>& program, bool raw = true)
        : terminal(open_terminal(raw)) {
        client->context = &context;
        child = ::fork();
        if (child == 0) {
            ::setsid();
            terminal.master.reset();
            ::_exit(program(terminal.slave.get()));
        }
        terminal.slave.reset();
    }
    std::shared_ptr<worker::TerminalSession> start() {
        auto session = std::make_shared<worker::TerminalSession>(context, std::move(terminal.master),
                                                                 pty::UniqueFd(::dup(ring.get())));
        client->session = session;
        session->show_to(client->viewer);
        session->start();
        watch_child();
        return session;
    }
    void watch_child() {
        timer.expires_after(std::chrono::milliseconds(1));
        timer.async_wait([this](asio::error_code error) {
            int status = 0;
            if (error)
                return;
            if (::waitpid(child, &status, WNOHANG) != child)
                return watch_child();
            wire::Exit exit;
            if (WIFSIGNALED(status))
                exit.signal = WTERMSIG(status);
            else
                exit.status = WEXITSTATUS(status);
            client->session->exited(exit);
        });
    }
    asio::steady_timer timer{context};
};

bool write_fully(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t put = ::write(fd, bytes.data(), bytes.size());
        if (put <= 0)
            return false;
        bytes.remove_prefix(static_cast<size_t>(put));
    }
    return true;
}

std::string pattern(size_t size) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>('!' + i * 31 % 89);
    return bytes;
}

TEST(TerminalRelay, CarriesALongOutputWhole) {
    std::string bytes = pattern(4 << 20);
    Relay relay([&](int slave) {
        return write_fully(slave, bytes) ? 5 : 1;
    });
    relay.start();
    relay.context.run();
    EXPECT_TRUE(bytes == relay.client->output) << relay.client->output.size();
    ASSERT_EQ(1, relay.client->exits);
    EXPECT_EQ(5, relay.client->exit->status);
}

TEST(TerminalRelay, LosesNoLastBytesInThousandsOfEnds) {
    const char* asked = std::getenv("JC_ENDS");
    int ends = asked != nullptr ? static_cast<int>(std::strtol(asked, nullptr, 10)) : 10000;
    for (int i = 0; i < ends; ++i) {
        // Sizes around the 4095 bytes at which a read can meet EIO with data behind it.
        std::string bytes = pattern(static_cast<size_t>(1 + i * 97 % 13000));
        Relay relay([&](int slave) {
            return write_fully(slave, bytes) ? 0 : 1;
        });
        relay.start();
        relay.context.run();
        ASSERT_EQ(bytes, relay.client->output) << "end " << i;
        ASSERT_EQ(1, relay.client->exits);
    }
}

TEST(TerminalRelay, ReadsOnBehindAnEioThatIsNotTheEnd) {
    std::string bytes = pattern(100000);
    for (int call = 1; call < 12; ++call) {
        Relay relay([&](int slave) {
            return write_fully(slave, bytes) ? 0 : 1;
        });
        kernel::set_plan("read:" + std::to_string(call) + ":EIO");
        relay.start();
        relay.context.run();
        kernel::set_plan("");
        ASSERT_EQ(bytes, relay.client->output) << "EIO at read " << call;
    }
}

// A master that nobody has the slave of is readable all the time, and every read of it is EIO.
TEST(TerminalRelay, DoesNotSpinWhileNobodyHasTheTerminalOpen) {
    std::string counts = testing::TempDir() + "/reads." + std::to_string(::getpid());
    Relay relay([](int slave) {
        std::string name = ::ttyname(slave);
        write_fully(slave, "first ");
        ::close(slave);
        ::usleep(500'000);
        return write_fully(::open(name.c_str(), O_RDWR | O_NOCTTY), "second") ? 4 : 1;
    });
    kernel::set_plan("read:*:COUNT=" + counts);
    relay.start();
    relay.context.run();
    kernel::set_plan("");
    EXPECT_EQ("first second", relay.client->output);
    EXPECT_EQ(4, relay.client->exit->status);
    std::ifstream lines(counts);
    auto reads = std::count(std::istreambuf_iterator<char>(lines), {}, '\n');
    EXPECT_GT(reads, 3);
    EXPECT_LT(reads, 1000);
    ::unlink(counts.c_str());
}

TEST(TerminalRelay, EndsAlthoughABackgroundJobHoldsTheTerminal) {
    Relay relay([](int slave) {
        if (::fork() == 0) {
            ::alarm(3); // so that it does not outlive the test for long
            ::pause();
            ::_exit(0);
        }
        write_fully(slave, "last words");
        return 3;
    });
    relay.start();
    relay.context.run();
    EXPECT_EQ("last words", relay.client->output);
    EXPECT_EQ(3, relay.client->exit->status);
}

TEST(TerminalRelay, EndsAlthoughABackgroundJobPrintsForEver) {
    Relay relay([](int slave) {
        if (::fork() == 0) {
            ::alarm(10);
            while (write_fully(slave, "again and again\n"))
                ;
            ::_exit(0);
        }
        return 4;
    });
    relay.start();
    relay.context.run();
    EXPECT_EQ(4, relay.client->exit->status);
    EXPECT_GT(relay.client->output.size(), 16U);
}

TEST(TerminalRelay, DoesNotTakeAClosedTerminalForTheEnd) {
    Relay relay([](int slave) {
        std::string path = ::ttyname(slave);
        write_fully(slave, "one ");
        ::close(slave);
        ::usleep(100000);
        int again = ::open(path.c_str(), O_RDWR | O_NOCTTY);
        write_fully(again, "two");
        ::close(again);
        return 0;
    });
    relay.start();
    relay.context.run();
    EXPECT_EQ("one two", relay.client->output);
}

TEST(TerminalRelay, CarriesALongPasteToASlowReaderWhole) {
    constexpr size_t size = 1 << 20;
    std::string bytes = pattern(size);
    Relay relay([&](int slave) {
        std::string got;
        char buffer[3000];
        while (got.size() < size) {
            ssize_t count = ::read(slave, buffer, sizeof buffer);
            if (count <= 0)
                return 1;
            got.append(buffer, static_cast<size_t>(count));
            if (got.size() % 7 == 0)
                ::usleep(100);
        }
        return got == bytes ? 0 : 2;
    });
    auto session = relay.start();
    // As a client does: never more than the window is under way.
    size_t sent = 0;
    asio::steady_timer feeder(relay.context);
    std::function<void()> feed = [&] {
        while (sent < size && sent - relay.client->consumed_input < wire::initial_credit) {
            size_t step = std::min<size_t>(8192, size - sent);
            session->input(*relay.client->viewer, std::span(bytes).subspan(sent, step));
            sent += step;
        }
        feeder.expires_after(std::chrono::milliseconds(1));
        feeder.async_wait([&](asio::error_code error) {
            if (!error && sent < size)
                feed();
        });
    };
    feed();
    relay.context.run();
    EXPECT_EQ(0, relay.client->exit->status);
    EXPECT_EQ(size, relay.client->viewer->input);
}

TEST(TerminalRelay, StopsReadingForASlowClientAndLosesNothing) {
    std::string bytes = pattern(2 << 20);
    Relay relay([&](int slave) {
        return write_fully(slave, bytes) ? 0 : 1;
    });
    relay.client->window = 0;
    relay.start();
    asio::steady_timer later(relay.context, std::chrono::milliseconds(300));
    later.async_wait([&](asio::error_code) {
        EXPECT_LE(relay.client->output.size(), 0U);
        relay.client->window = 1000;
        relay.client->output_ready();
    });
    relay.context.run();
    EXPECT_TRUE(bytes == relay.client->output) << relay.client->output.size();
}

TEST(TerminalRelay, TheNextWorkerGoesOnWhereTheClientWas) {
    std::string bytes = pattern(1 << 20);
    Relay relay([&](int slave) {
        return write_fully(slave, bytes) ? 0 : 1;
    });
    pty::UniqueFd duplicate(::dup(relay.terminal.master.get()));
    auto first = relay.start();
    relay.client->window = 100;
    while (relay.client->output.empty())
        ASSERT_EQ(1U, relay.context.run_one());
    size_t received = relay.client->output.size();
    first->close(); // its worker has died
    relay.client->viewer->cursor = 0;
    auto second = std::make_shared<worker::TerminalSession>(relay.context, std::move(duplicate),
                                                            pty::UniqueFd(::dup(relay.ring.get())));
    ASSERT_TRUE(second->resume(*relay.client->viewer, received));
    EXPECT_FALSE(second->resume(*relay.client->viewer, bytes.size() * 2)) << "from the future";
    relay.client->session = second;
    relay.client->window = wire::max_data;
    second->show_to(relay.client->viewer);
    second->start();
    relay.context.restart();
    relay.context.run();
    EXPECT_TRUE(bytes == relay.client->output) << relay.client->output.size();
}

struct PipeRelay {
    asio::io_context context{1};
    std::shared_ptr<Client> client = std::make_shared<Client>();
    pid_t child = -1;
    std::shared_ptr<worker::PipeSession> session;

    explicit PipeRelay(const char* script) {
        client->context = &context;
        pty::Pipe input = pty::make_pipe(), output = pty::make_pipe(), error = pty::make_pipe();
        child = ::fork();
        if (child == 0) {
            ::dup2(input.read.get(), 0);
            ::dup2(output.write.get(), 1);
            ::dup2(error.write.get(), 2);
            ::execl("/bin/sh", "sh", "-c", script, nullptr);
            ::_exit(127);
        }
        session = std::make_shared<worker::PipeSession>(context, std::move(input.write),
                                                        std::move(output.read), std::move(error.read));
        client->session = session;
        session->show_to(client->viewer);
    }
    void run() {
        session->start();
        watch_child();
        context.run();
    }
    void watch_child() {
        timer.expires_after(std::chrono::milliseconds(1));
        timer.async_wait([this](asio::error_code) {
            int status = 0;
            if (::waitpid(child, &status, WNOHANG) != child)
                return watch_child();
            wire::Exit exit;
            exit.status = WEXITSTATUS(status);
            client->session->exited(exit);
        });
    }
    asio::steady_timer timer{context};
};

TEST(PipeRelay, KeepsTheStreamsApart) {
    PipeRelay relay("echo out; echo err >&2; exit 6");
    relay.run();
    EXPECT_EQ("out\n", relay.client->output);
    EXPECT_EQ("err\n", relay.client->error);
    EXPECT_EQ(6, relay.client->exit->status);
}

TEST(PipeRelay, ClosesInputAlone) {
    PipeRelay relay("cat; echo end of input");
    relay.session->input(*relay.client->viewer, std::span("typed\n", 6));
    relay.session->end_input(*relay.client->viewer);
    relay.run();
    EXPECT_EQ("typed\nend of input\n", relay.client->output);
}

TEST(PipeRelay, SurvivesAProgramThatReadsNoInput) {
    ::signal(SIGPIPE, SIG_IGN);
    PipeRelay relay("exec <&-; sleep 0.1; echo done");
    std::string bytes = pattern(wire::initial_credit);
    asio::steady_timer later(relay.context, std::chrono::milliseconds(50));
    later.async_wait([&](asio::error_code) {
        relay.session->input(*relay.client->viewer, bytes);
    });
    relay.run();
    EXPECT_EQ("done\n", relay.client->output);
    EXPECT_EQ(bytes.size(), relay.client->consumed_input) << "credit comes back all the same";
}

TEST(PipeRelay, EndsAlthoughABackgroundJobHoldsThePipes) {
    PipeRelay relay("sleep 2 & echo gone");
    relay.run();
    EXPECT_EQ("gone\n", relay.client->output);
}

} // namespace
