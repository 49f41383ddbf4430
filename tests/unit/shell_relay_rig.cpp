#include "tests/unit/shell_relay_rig.hpp"

#include "pty/kernel.hpp"
#include "pty/terminal.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <random>
#include <sys/socket.h>
#include <termios.h>

namespace shell_test {

Pair stream_pair() {
    int fds[2];
    EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    return {pty::UniqueFd(fds[0]), pty::UniqueFd(fds[1])};
}

std::string pattern(size_t size) {
    std::string bytes(size, '\0');
    std::mt19937 random(42);
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

std::string read_to_end(int fd, size_t piece, std::chrono::microseconds between) {
    std::string all;
    std::string buffer(piece, '\0');
    ssize_t got = 0;
    while ((got = ::read(fd, buffer.data(), buffer.size())) > 0) {
        all.append(buffer, 0, static_cast<size_t>(got));
        std::this_thread::sleep_for(between);
    }
    return all;
}

Terminal::Terminal() : master(kernel::posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(0, ::grantpt(master.get()));
    EXPECT_EQ(0, ::unlockpt(master.get()));
    slave.reset(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    pty::set_window_size(master.get(), {30, 100, 0, 0});
}

bool Terminal::raw() const {
    termios settings{};
    EXPECT_EQ(0, ::tcgetattr(slave.get(), &settings));
    return (settings.c_lflag & ICANON) == 0;
}

std::string Terminal::read(size_t count) const {
    std::string all(count, '\0');
    size_t done = 0;
    while (done < count) {
        ssize_t got = ::read(master.get(), all.data() + done, count - done);
        if (got <= 0)
            break;
        done += static_cast<size_t>(got);
    }
    all.resize(done);
    return all;
}

Relay::Relay() {
    std::signal(SIGPIPE, SIG_IGN);
    assignment_.open.verb = "console";
    assignment_.open.jail = "demo";
    assignment_.connect = [this] {
        return connect();
    };
    assignment_.reconnect = assignment_.connect;
    assignment_.patience_unheard = std::chrono::milliseconds(300);
    null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
    assignment_.input = assignment_.output = assignment_.error = null_.get();
}

void Relay::use(const Terminal& terminal) {
    assignment_.input = assignment_.output = assignment_.error = terminal.slave.get();
    assignment_.open.terminal = pty::window_size(terminal.slave.get());
}

void Relay::join() {
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
}

std::string Relay::failure() {
    try {
        shell::Ending ending = shell::run_relay(assignment_);
        if (const auto* failure = std::get_if<shell::Failure>(&ending))
            return shell::error_line(*failure);
        return "none";
    } catch (const shell::FailureError& error) {
        return shell::error_line(error.failure());
    }
}

int Relay::status() {
    shell::Ending ending = shell::run_relay(assignment_);
    const auto* exit = std::get_if<shell::ExitStatus>(&ending);
    return exit != nullptr ? exit->status : -1;
}

int Relay::local_signal() {
    shell::Ending ending = shell::run_relay(assignment_);
    const auto* killed = std::get_if<shell::LocalSignal>(&ending);
    return killed != nullptr ? killed->signal : 0;
}

pty::UniqueFd Relay::connect() {
    if (scripts_.empty())
        return {};
    Pair pair = stream_pair();
    background([script = scripts_.front(), peer = std::make_shared<Peer>(std::move(pair.theirs))] {
        try {
            script(*peer);
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
    });
    scripts_.pop_front();
    return std::move(pair.ours);
}

} // namespace shell_test
