#include "shell/prompt/pager.hpp"

#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/terminal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace prompt {
namespace {

constexpr size_t chunk_size = 16384;

// Appends what there is to read; false at the end.
bool read_more(std::string& text) {
    std::array<char, chunk_size> chunk;
    for (;;) {
        ssize_t count = ::read(STDIN_FILENO, chunk.data(), chunk.size());
        if (count == -1 && errno == EINTR)
            continue;
        pty::check(count, "read", "standard input");
        text.append(chunk.data(), static_cast<size_t>(count));
        return count > 0;
    }
}

void copy(std::string text, int to) {
    do {
        pty::write_all(to, text, "standard output");
        text.clear();
    } while (read_more(text));
}

// Does not return where there is a pager.
void execute_pager() {
    const char* wanted = std::getenv("PAGER");
    if (wanted != nullptr && wanted[0] != '\0') {
        // What a shell could not execute has read nothing.
        ::execl("/bin/sh", "sh", "-c", "sh -c \"$PAGER\"; case $? in 126 | 127) exec cat ;; esac", nullptr);
    } else {
        ::execlp("less", "less", "-R", nullptr);
        ::execlp("more", "more", nullptr);
    }
}

// The child feeds the pager, which keeps the pid that the shell waits for. Nobody waits for the child: what
// the pager leaves unread ends it (SIGPIPE).
void feed_pager(const std::string& text) {
    int ends[2];
    pty::check(::pipe2(ends, O_CLOEXEC), "pipe");
    pid_t feeder = pty::check(::fork(), "fork");
    if (feeder == 0) {
        ::close(ends[0]);
        try {
            copy(text, ends[1]);
        } catch (const pty::StepError&) {
            ::_exit(EXIT_FAILURE);
        }
        ::_exit(EXIT_SUCCESS);
    }
    ::close(ends[1]);
    pty::check(::dup2(ends[0], STDIN_FILENO), "dup2");
    execute_pager();
    copy({}, STDOUT_FILENO);
}

} // namespace

size_t rows_of(std::string_view text, size_t columns) {
    size_t rows = 0;
    size_t width = 0;
    for (char c : text) {
        if (c == '\n') {
            rows += std::max<size_t>(1, (width + columns - 1) / columns);
            width = 0;
        } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) { // not inside of a character of UTF-8
            ++width;
        }
    }
    return rows + (width + columns - 1) / columns;
}

int page() {
    pty::WindowSize screen = pty::window_size(STDOUT_FILENO);
    std::string text;
    bool more = true;
    // The last row is for the prompt that comes next.
    while (more && rows_of(text, screen.columns) < screen.rows)
        more = read_more(text);
    if (rows_of(text, screen.columns) < screen.rows)
        pty::write_all(STDOUT_FILENO, text, "standard output");
    else
        feed_pager(text);
    return EXIT_SUCCESS;
}

} // namespace prompt
