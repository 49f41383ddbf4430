// One connection to the router: frames in, bytes out, never blocking.
#pragma once

#include "pty/fd.hpp"
#include "router/wire/frame_reader.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace shell {

// The router sent what the protocol does not allow.
class ProtocolError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    // `sent_all` is called whenever a queue that had to wait has been sent.
    Connection(asio::io_context& context, pty::UniqueFd socket, std::function<void()> sent_all);

    // Sends at once what the socket takes, and the rest as soon as it takes more. A broken connection is not
    // reported here: receive() meets its end.
    void send(std::string_view frames) { send(frames, {}); }
    // One behind the other, as a header and what it is of.
    void send(std::string_view first, std::string_view second);

    // Nothing waits to be sent.
    [[nodiscard]] bool idle() const { return queue_.empty(); }

    // Waits for more bytes. False: the connection has ended.
    asio::awaitable<bool> receive();

    // What comes next among the bytes received; valid until the next call. Throws ProtocolError.
    std::optional<wire::FramePiece> next();

    void close();

private:
    // How much the socket took; nothing where the connection is broken.
    std::optional<size_t> send_some(std::string_view first, std::string_view second);
    static asio::awaitable<void> flush(std::shared_ptr<Connection> self);

    asio::local::stream_protocol::socket socket_;
    std::function<void()> sent_all_;
    std::string queue_;
    bool flushing_ = false;
    std::unique_ptr<char[]> buffer_;
    std::span<const char> received_; // and not yet handed out
    wire::FrameReader frames_;
    bool answered_ = false; // the beginning of a frame has come
};

} // namespace shell
