// One connection to the router: frames in, bytes out, never blocking.
#pragma once

#include "pty/fd.hpp"
#include "router/wire/frame.hpp"

#include <asio.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace shell {

struct Frame {
    wire::FrameHeader header;
    std::string_view payload; // valid until the next receive()
};

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
    void send(std::string_view frames);

    // Nothing waits to be sent.
    [[nodiscard]] bool idle() const { return queue_.empty(); }

    // Waits for more bytes. False: the connection has ended.
    asio::awaitable<bool> receive();

    // The next whole frame among the bytes received. Throws ProtocolError.
    std::optional<Frame> next();

    void close();

private:
    // How much the socket took; nothing where the connection is broken.
    std::optional<size_t> send_some(std::string_view bytes);
    static asio::awaitable<void> flush(std::shared_ptr<Connection> self);
    void make_room();

    asio::local::stream_protocol::socket socket_;
    std::function<void()> sent_all_;
    std::string queue_;
    bool flushing_ = false;
    std::unique_ptr<char[]> buffer_;
    size_t capacity_;
    size_t begin_ = 0; // of the bytes not yet handed out
    size_t end_ = 0;
    bool answered_ = false;             // the first whole frame has come
    size_t wanted_ = wire::header_size; // length of the frame at begin_, as far as that is known
};

} // namespace shell
