// The end of a client's input, for the programs at a terminal. A terminal has no half-close: what a user
// types for it is the end-of-file character, which means that to a reader in canonical mode, and to an editor
// of lines such as readline(3). It must lie unread while nothing changes: when the terminal leaves canonical
// mode the kernel makes a NUL of it, and when it comes back to it a mere byte (n_tty_set_termios()).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

namespace worker {

class TypedEnd {
public:
    using Clock = std::chrono::steady_clock;

    // What is to be typed now, "" for nothing; to be asked again and again while all of the input has been
    // written. `shown`: bytes that the terminal has shown so far. It is typed where nothing lies unread, so
    // that whoever reads next waits for it: in canonical mode each time, as a pipe at its end has an end of
    // file for everybody. Otherwise it is a key like others, typed where the mode changed, or who has the
    // terminal; else only where it was answered by some output, and ever more seldom.
    [[nodiscard]] std::string due(int master, uint64_t shown, Clock::time_point now);

private:
    struct Reader {
        bool canonical = false;
        pid_t group = 0; // process group in the foreground
        bool operator==(const Reader&) const = default;
    };
    struct Look {
        Reader reader;
        uint64_t shown = 0;
        bool operator==(const Look&) const = default;
    };

    bool settled(const Look& look, Clock::time_point now);
    [[nodiscard]] bool wanted(const Look& look, bool unread_is_known, Clock::time_point now) const;
    void tell(const Look& look, Clock::time_point now);

    std::optional<Look> seen_; // with nothing unread, and since when
    Clock::time_point seen_since_;
    std::optional<Look> told_; // when it was typed last
    Clock::time_point told_at_;
    Clock::duration patience_{};
};

} // namespace worker
