#include "shell/relay/connection.hpp"

#include "shell/excerpt.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <sys/socket.h>
#include <utility>

namespace shell {
namespace {

// Of two of the largest data frames.
constexpr size_t capacity = 2 * (wire::header_size + wire::max_data);

// Text, of which no frame begins with a character: what a shell over there or a command in jconsole's place
// says.
bool is_text(char first) {
    constexpr std::string_view controls = "\n\r\033";
    return static_cast<unsigned char>(first) >= ' ' || controls.find(first) != std::string_view::npos;
}

} // namespace

Connection::Connection(asio::io_context& context, pty::UniqueFd socket, std::function<void()> sent_all)
    : socket_(context), sent_all_(std::move(sent_all)),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity)) {
    socket_.assign(asio::local::stream_protocol(), socket.get());
    socket.release();
}

void Connection::send(std::string_view first, std::string_view second) {
    size_t sent = 0;
    if (queue_.empty()) {
        auto taken = send_some(first, second);
        if (!taken || *taken == first.size() + second.size())
            return;
        sent = *taken;
    }
    queue_.append(first.substr(std::min(sent, first.size())));
    queue_.append(second.substr(sent - std::min(sent, first.size())));
    if (std::exchange(flushing_, true))
        return;
    asio::co_spawn(socket_.get_executor(), flush(shared_from_this()), [](const std::exception_ptr& error) {
        if (error)
            std::rethrow_exception(error);
    });
}

std::optional<size_t> Connection::send_some(std::string_view first, std::string_view second) {
    iovec parts[] = {{const_cast<char*>(first.data()), first.size()},
                     {const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = second.empty() ? 1 : 2;
    ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == -1 && errno != EAGAIN && errno != EINTR)
        return std::nullopt;
    return static_cast<size_t>(std::max<ssize_t>(sent, 0));
}

// Holds the connection itself: the relay may drop it, broken, while this waits.
asio::awaitable<void> Connection::flush(std::shared_ptr<Connection> self) {
    asio::error_code error;
    while (!self->queue_.empty()) {
        co_await self->socket_.async_wait(asio::local::stream_protocol::socket::wait_write,
                                          asio::redirect_error(asio::use_awaitable, error));
        auto sent = error ? std::nullopt : self->send_some(self->queue_, {});
        if (!sent)
            break; // receive() meets the end of the connection
        self->queue_.erase(0, *sent);
    }
    self->flushing_ = false;
    if (self->queue_.empty())
        self->sent_all_();
}

asio::awaitable<bool> Connection::receive() {
    asio::error_code error;
    size_t got = co_await socket_.async_read_some(asio::buffer(buffer_.get(), capacity),
                                                  asio::redirect_error(asio::use_awaitable, error));
    received_ = {buffer_.get(), got};
    co_return !error;
}

std::optional<wire::FramePiece> Connection::next() {
    if (!answered_ && !received_.empty() && is_text(received_.front()))
        throw ProtocolError("this came in place of the router's answer: " +
                            excerpt({received_.data(), received_.size()}));
    answered_ = answered_ || !received_.empty();
    auto piece = frames_.next(received_);
    if (frames_.error() != wire::FrameError::none)
        throw ProtocolError(std::string(wire::describe(frames_.error())));
    return piece;
}

void Connection::close() {
    asio::error_code ignored;
    socket_.close(ignored);
}

} // namespace shell
