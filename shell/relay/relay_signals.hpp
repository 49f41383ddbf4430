// The signals that a running relay answers.
#pragma once

#include <asio/signal_set.hpp>
#include <chrono>
#include <optional>
#include <string>

namespace shell {

// The signals that end a program that does nothing about them: with a terminal we put it back first, and
// without one they are meant for the program in the jail.
bool is_ending_signal(int signal);

// "INT" for SIGINT; "" for a signal that is not forwarded.
std::string forwarded_name(int signal);

// Adds what a relay answers; a signal that our parent told us to ignore (nohup, a background job of sh) stays
// ignored. `terminal`: also those that stop and continue us and that resize the terminal.
void add_signals(asio::signal_set& set, bool terminal);

// Stops this process as `signal` does where nobody handles it; returns when it goes on.
void stop_by(asio::signal_set& set, int signal);

// Sees a second SIGINT that follows the first at once: the user's way out of a program that ignores it.
class Insistence {
public:
    using Clock = std::chrono::steady_clock;
    bool repeated(int signal, Clock::time_point now);

private:
    std::optional<Clock::time_point> last_;
};

} // namespace shell
