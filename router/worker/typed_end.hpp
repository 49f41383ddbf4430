// The end of a client's input, for the programs at a terminal. A terminal has no half-close: what a user
// types for it is the end-of-file character, which means that to a reader in canonical mode, and to an editor
// of lines such as readline(3). Where the mode changes before the character is read, it is no longer one: to
// be canonical no more makes a NUL of it, and to become so a mere byte.
#pragma once

#include <optional>
#include <sys/types.h>
#include <termios.h>

namespace worker {

class TypedEnd {
public:
    // The character, where it is to be typed now: nothing lies unread in the terminal, so that whoever reads
    // next waits for it, and the last one has been read. In canonical mode that is so each time, as a pipe at
    // its end has an end of file for everybody. Otherwise it is a key like others, for which something must
    // have changed since it was typed last: the mode, or who has the terminal.
    [[nodiscard]] std::optional<char> due(int master);

private:
    struct Reader {
        bool canonical = false;
        pid_t group = 0; // process group in the foreground
        bool operator==(const Reader&) const = default;
    };
    std::optional<Reader> told_;
};

} // namespace worker
