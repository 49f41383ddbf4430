#include "shell/relay/local_terminal.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace shell {
namespace {

int size_source(int input, int output) {
    for (int fd : {input, output})
        if (::isatty(fd) == 1)
            return fd;
    return -1;
}

int apply(int terminal, int when, const termios& settings) {
    int result = 0;
    do
        result = ::tcsetattr(terminal, when, &settings);
    while (result == -1 && errno == EINTR);
    return result;
}

struct WatchedMode {
    std::string_view number;
    bool normal; // what it is in a terminal that nobody has changed
};

// The alternate screen comes first: what follows must act on the screen that the user goes on with.
constexpr std::array<WatchedMode, 14> watched{{
    {"1049", false}, // alternate screen, cursor saved
    {"1047", false}, // alternate screen
    {"47", false},   // alternate screen
    {"1", false},    // application cursor keys
    {"7", true},     // wrap at the margin
    {"25", true},    // cursor visible
    {"9", false},    // mouse: presses
    {"1000", false}, // mouse: presses and releases
    {"1002", false}, // mouse: and drags
    {"1003", false}, // mouse: and every movement
    {"1004", false}, // focus reports
    {"1006", false}, // mouse: SGR coordinates
    {"1015", false}, // mouse: urxvt coordinates
    {"2004", false}, // bracketed paste
}};

constexpr size_t most_parameters = 64; // bytes; a longer list is not one that a program writes

} // namespace

void RawTerminal::enter() {
    if (!found_) {
        termios settings{};
        pty::check(::tcgetattr(terminal_, &settings), "terminal settings");
        found_ = settings;
    }
    termios raw = pty::raw_settings(*found_);
    if (::tcsetattr(terminal_, TCSANOW, &raw) == 0)
        raw_ = true;
    else if (errno != EINTR)
        throw pty::StepError(errno, "terminal settings", {});
}

void RawTerminal::leave() noexcept {
    if (!raw_)
        return;
    raw_ = false;
    // In a background process group tcsetattr(3) would stop us, with the terminal left raw, unless SIGTTOU is
    // blocked.
    sigset_t background, before;
    sigemptyset(&background);
    sigaddset(&background, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &background, &before);
    apply(terminal_, TCSADRAIN, *found_);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void TerminalModes::watch(std::string_view output) {
    while (!output.empty()) {
        if (state_ == State::text) {
            // Nearly all output is text: one fast search, and nothing more.
            const void* escape = std::memchr(output.data(), '\033', output.size());
            if (escape == nullptr)
                return;
            output.remove_prefix(static_cast<size_t>(static_cast<const char*>(escape) - output.data()));
        }
        step(output.front());
        output.remove_prefix(1);
    }
}

void TerminalModes::step(char c) {
    if (c == '\033') { // cancels whatever it interrupts
        state_ = State::escape;
        return;
    }
    switch (state_) {
    case State::text:
        break;
    case State::escape:
        state_ = c == '[' ? State::control : State::text;
        if (c == 'c') { // RIS: everything is as in a new terminal
            changed_.reset();
            keypad_ = false;
        } else if (c == '=' || c == '>') {
            keypad_ = c == '=';
        }
        break;
    case State::control:
        parameters_.clear();
        state_ = c == '?' ? State::modes : State::skip;
        if (c >= 0x40)
            state_ = State::text;
        break;
    case State::modes:
        next_parameter(c);
        break;
    case State::skip:
        if (c >= 0x40)
            state_ = State::text;
        break;
    }
}

void TerminalModes::next_parameter(char c) {
    if ((c >= '0' && c <= '9') || c == ';') {
        parameters_.push_back(c);
        if (parameters_.size() > most_parameters)
            state_ = State::skip;
        return;
    }
    if (c == 'h' || c == 'l')
        apply(c == 'h');
    state_ = c >= 0x40 ? State::text : State::skip;
}

void TerminalModes::apply(bool set) {
    std::string_view rest = parameters_;
    while (!rest.empty()) {
        size_t end = std::min(rest.find(';'), rest.size());
        const auto* found = std::ranges::find(watched, rest.substr(0, end), &WatchedMode::number);
        if (found != watched.end())
            changed_.set(static_cast<size_t>(found - watched.begin()), set != found->normal);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

std::string TerminalModes::reset() const {
    std::string text;
    for (size_t i = 0; i < watched.size(); ++i)
        if (changed_.test(i))
            text.append("\033[?").append(watched[i].number).append(watched[i].normal ? "h" : "l");
    if (keypad_)
        text.append("\033>");
    return text;
}

LocalTerminal::LocalTerminal(int input, int output, const pty::WindowSize& told)
    : output_(output), typed_(::isatty(input) == 1), size_source_(size_source(input, output)), told_(told),
      raw_(input) {}

void LocalTerminal::enter() {
    if (typed_)
        raw_.enter();
}

std::optional<pty::WindowSize> LocalTerminal::changed_size() {
    if (size_source_ < 0)
        return std::nullopt;
    pty::WindowSize size = pty::window_size(size_source_);
    if (size == std::exchange(told_, size))
        return std::nullopt;
    return size;
}

void LocalTerminal::restore() {
    std::string reset = std::exchange(modes_, {}).reset();
    pollfd output{output_, POLLOUT, 0};
    // Only where it can be written at once: a terminal that is stuck must not keep us from ending.
    if (!reset.empty() && ::isatty(output_) == 1 && ::poll(&output, 1, 0) == 1)
        kernel::write(output_, reset.data(), reset.size());
    raw_.leave();
}

} // namespace shell
