#include "shell/relay/relay_input.hpp"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <exception>
#include <span>
#include <utility>

namespace shell {

RelayInput::RelayInput(asio::io_context& context, int fd, bool resumable, Events events)
    : context_(context), channel_(context, fd, Direction::read), events_(std::move(events)),
      window_(resumable), buffer_(std::make_unique_for_overwrite<char[]>(wire::max_data)) {}

void RelayInput::go_on() {
    if (reading_ || ended_ || !events_.open() || window_.room() == 0 || !events_.idle())
        return;
    reading_ = true;
    asio::co_spawn(context_, read(), [](const std::exception_ptr& error) {
        if (error)
            std::rethrow_exception(error); // out of the context's run()
    });
}

asio::awaitable<void> RelayInput::read() {
    while (events_.open() && window_.room() > 0 && events_.idle()) {
        std::span<char> space(buffer_.get(), std::min(window_.room(), wire::max_data));
        Transfer transfer = co_await channel_.read(space);
        if (transfer.size == 0) {
            events_.ended(transfer.error);
            end();
            break;
        }
        std::string_view data(space.data(), transfer.size);
        window_.sent(data);
        if (events_.open()) // otherwise it is sent when the session is resumed
            send(data);
    }
    reading_ = false;
}

bool RelayInput::consumed(uint32_t bytes) {
    if (!window_.consumed(bytes))
        return false;
    go_on();
    return true;
}

bool RelayInput::resume(uint64_t total) {
    if (!window_.resume(total))
        return false;
    if (!window_.pending().empty())
        send(window_.pending());
    if (ended_)
        send_end();
    return true;
}

void RelayInput::end() {
    ended_ = true;
    if (events_.open())
        send_end();
}

void RelayInput::send(std::string_view data) {
    auto header =
        wire::encode_header({wire::FrameType::data, wire::Stream::input, static_cast<uint32_t>(data.size())});
    events_.send({header.data(), header.size()}, data);
}

void RelayInput::send_end() {
    auto header = wire::encode_header({wire::FrameType::end, wire::Stream::input, 0});
    events_.send({header.data(), header.size()}, {});
}

} // namespace shell
