// What to run on a terminal or on pipes, as it travels from the process that a client talks to, to the
// process that executes it: a list of strings in a sealed memfd, which everybody between them passes on
// unread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pty {

// Bytes, encoded: whatever a request of 1 MiB holds (router/wire/frame.hpp), in which a word has 3 bytes
// beside its own and here 4.
inline constexpr size_t max_program_size = size_t{2} << 20;

// Bytes without a NUL, in whatever encoding, but for the modes.
struct Program {
    std::string user;                     // a name or a decimal uid; "": the superuser
    std::string group;                    // a name or a decimal gid; "": those of the user
    std::string directory;                // absolute; "": the user's home
    std::string modes;                    // of the terminal (pty/tty_modes.hpp)
    bool shell = false;                   // argv, joined by blanks, is a line for the user's login shell
    std::vector<std::string> environment; // NAME=value, on top of a clean environment
    std::vector<std::string> argv;        // empty: the user's login shell
    bool operator==(const Program&) const = default;
};

// Nothing where a string holds a NUL or the whole is larger than max_program_size.
std::optional<std::string> encode_program(const Program& program);

// Nothing unless `data` is exactly what encode_program makes.
std::optional<Program> decode_program(std::string_view data);

} // namespace pty
