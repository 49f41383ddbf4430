// Where a stream of output goes: straight to the channel, and what the channel cannot take now is kept.
#pragma once

#include "shell/relay/channel.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace shell {

// How much can be kept is bounded by the sender's credit, which is given back only for what was written.
class Outlet {
public:
    struct Events {
        std::function<void(size_t bytes)> written;
        std::function<void(int error)> failed; // once; all later output is counted as written and dropped
    };

    // `fd` is not owned. Throws StepError.
    Outlet(asio::io_context& context, int fd, Events events);

    void write(std::string_view data);

    // No more output comes: a reader at the other end sees the end once everything is written.
    void end();

    // Bytes that are kept.
    [[nodiscard]] size_t kept() const { return kept_.size() - begin_; }

private:
    size_t write_now(std::string_view data);
    void keep(std::string_view data);
    asio::awaitable<void> drain();
    void close_if_ended();

    asio::io_context& context_;
    int fd_;
    Channel channel_;
    Events events_;
    std::string kept_;
    size_t begin_ = 0; // of what is kept, in kept_
    bool draining_ = false;
    bool failed_ = false;
    bool ended_ = false;
};

} // namespace shell
