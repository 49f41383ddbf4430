#include "shell/relay/relay_signals.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>
#include <utility>

namespace shell {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 6> forwarded{{
    {SIGINT, "INT"},
    {SIGTERM, "TERM"},
    {SIGHUP, "HUP"},
    {SIGQUIT, "QUIT"},
    {SIGUSR1, "USR1"},
    {SIGUSR2, "USR2"},
}};

constexpr std::chrono::seconds insistence{2};

bool is_ignored(int signal) {
    struct sigaction action = {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

} // namespace

bool is_ending_signal(int signal) {
    return !forwarded_name(signal).empty() || signal == SIGALRM;
}

std::string forwarded_name(int signal) {
    const auto* found = std::ranges::find(forwarded, signal, [](const auto& entry) {
        return entry.first;
    });
    return found == forwarded.end() ? std::string() : std::string(found->second);
}

void add_signals(asio::signal_set& set, bool terminal) {
    for (const auto& [signal, name] : forwarded)
        if (!is_ignored(signal))
            set.add(signal);
    if (!terminal)
        return;
    for (int signal : {SIGALRM, SIGTSTP, SIGCONT, SIGWINCH})
        if (!is_ignored(signal))
            set.add(signal);
}

void stop_by(asio::signal_set& set, int signal) {
    set.remove(signal); // its action is the default again
    ::raise(signal);
    set.add(signal);
}

bool Insistence::repeated(int signal, Clock::time_point now) {
    if (signal != SIGINT)
        return false;
    auto before = std::exchange(last_, now);
    return before && now - *before < insistence;
}

} // namespace shell
