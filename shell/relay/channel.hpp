// One of the client's own ends: standard input, output or error, whatever it is, without ever blocking the
// event loop and without changing the flags of an open file description that other programs share.
#pragma once

#include "pty/fd.hpp"
#include "shell/relay/readiness.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <span>
#include <string_view>

namespace shell {

// What a read or a write came to. Failing is an expected outcome here: terminals hang up, readers go away.
struct Transfer {
    size_t size = 0; // 0 without an error: the end of input, or (written) nothing can be taken now
    int error = 0;   // errno
};

class Channel {
public:
    // `fd` is not owned and must outlive the channel. Throws StepError.
    Channel(asio::io_context& context, int fd, Direction direction);

    // Waits for input; may be called by one coroutine at a time.
    asio::awaitable<Transfer> read(std::span<char> buffer);

    // Takes as much of `data` as it can at once.
    Transfer write(std::string_view data);

    // Waits until write() can take more; may be called by one coroutine at a time.
    asio::awaitable<void> writable();

    // Gives up our own description, so that a reader at the other end can see the end of it.
    void close();

private:
    // direct: a file, always ready. own: a pipe or a terminal, opened anew and non-blocking. shared: what
    // could not be opened anew (a socket, another user's pipe), used in pieces that do not block.
    enum class Kind { direct, own, shared };

    asio::awaitable<Transfer> read_terminal(std::span<char> buffer);
    asio::awaitable<void> await_foreground();
    asio::awaitable<void> await_readiness();
    Transfer read_piece(std::span<char> buffer) const;
    Transfer write_pieces(std::string_view data) const;

    void watch();

    int fd_;
    Kind kind_ = Kind::direct;
    bool socket_ = false;
    bool terminal_ = false;
    // Kind own: the description; kind shared: its readiness. It is unwatched until somebody waits for it: on
    // a terminal that is input and output, each key would otherwise be news of the output, too.
    pty::UniqueFd unwatched_;
    asio::posix::stream_descriptor waiter_;
};

} // namespace shell
