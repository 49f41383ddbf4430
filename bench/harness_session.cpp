#include "bench/harness_session.hpp"

#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/terminal.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <mutex>
#include <stdexcept>
#include <sys/time.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr time_t patience = 10; // seconds

// Interrupts a read that nothing answers. A poll before every read would cost each byte of an echo a system
// call.
class Watchdog {
public:
    Watchdog() {
        static std::once_flag once;
        std::call_once(once, [] {
            struct sigaction action = {};
            action.sa_handler = [](int) {};
            ::sigaction(SIGALRM, &action, nullptr); // without SA_RESTART: read(2) returns EINTR
        });
        set(patience);
    }
    ~Watchdog() { set(0); }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

private:
    static void set(time_t seconds) {
        const itimerval timer{{seconds, 0}, {seconds, 0}};
        ::setitimer(ITIMER_REAL, &timer, nullptr);
    }
};

// Of busybox sh, which may ask for the cursor's position right behind it; neither its banner nor what a
// client says before holds one.
bool holds_prompt(const std::string& output) {
    return output.find("# ") != std::string::npos || output.find("$ ") != std::string::npos;
}

} // namespace

Session::Session(const Arguments& client) {
    master_.reset(pty::check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "open pty"));
    pty::check(::grantpt(master_.get()), "grantpt");
    pty::check(::unlockpt(master_.get()), "unlockpt");
    pty::set_window_size(master_.get(), {});
    std::array<char, 64> name{};
    if (int error = ::ptsname_r(master_.get(), name.data(), name.size()))
        throw pty::StepError(error, "ptsname", "");
    started_ = seconds_now();
    client_ = spawn_on_terminal(client, name.data());
}

Session::~Session() {
    master_.reset();
    end_process(client_, 2);
}

std::string_view Session::read_some() {
    static std::array<char, 65536> buffer;
    ssize_t size = ::read(master_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR)
        throw_if_interrupted();
    if (size < 0 && errno == EINTR) // the first alarm may have come just after this read began
        size = ::read(master_.get(), buffer.data(), buffer.size());
    if (size <= 0)
        throw std::runtime_error((size < 0 && errno == EINTR ? "nothing came for 10 s; last output: "
                                                             : "the client ended; last output: ") +
                                 output_.substr(output_.size() - std::min<size_t>(output_.size(), 300)));
    return {buffer.data(), static_cast<size_t>(size)};
}

double Session::wait_for_prompt() {
    Watchdog watchdog;
    for (;;) {
        output_.append(read_some());
        if (holds_prompt(output_))
            return seconds_now();
    }
}

void Session::wait_for(std::string_view text) {
    Watchdog watchdog;
    while (output_.find(text) == std::string::npos)
        output_.append(read_some());
}

void Session::type(std::string_view input) {
    pty::write_all(master_.get(), input, "terminal");
}

void Session::read_bytes(size_t size) {
    Watchdog watchdog;
    while (size > 0) {
        const size_t count = read_some().size();
        if (count > size)
            throw std::runtime_error("more output than was asked for");
        size -= count;
    }
}

} // namespace bench
