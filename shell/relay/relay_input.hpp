// What the user types or pipes in, on its way to the session: read as far as there is credit, and where the
// session can be resumed kept until it has been taken.
#pragma once

#include "router/wire/frame.hpp"
#include "shell/relay/channel.hpp"
#include "shell/relay/credit.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace shell {

class RelayInput {
public:
    struct Events {
        std::function<bool()> open; // data may pass
        std::function<bool()> idle; // nothing read before still waits to be sent
        std::function<void(std::string_view header, std::string_view data)> send;
        std::function<void(int error)> ended; // once, before the other end is told; not by end()
    };

    // `fd` is not owned. `resumable`: the session can be resumed. Throws StepError.
    RelayInput(asio::io_context& context, int fd, bool resumable, Events events);

    // Reads on wherever that is possible.
    void go_on();

    // The session has taken `bytes` more. False where it never got so many.
    bool consumed(uint32_t bytes);

    // Goes on with a new connection, whose other end has `total` bytes since the beginning: the rest is sent
    // again. False where it cannot have so many.
    bool resume(uint64_t total);

    // No more comes.
    void end();

private:
    asio::awaitable<void> read();
    void send(std::string_view data);
    void send_end();

    asio::io_context& context_;
    Channel channel_;
    Events events_;
    SendWindow window_;
    std::unique_ptr<char[]> buffer_;
    bool reading_ = false;
    bool ended_ = false;
};

} // namespace shell
