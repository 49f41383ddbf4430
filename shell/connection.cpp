#include "shell/connection.hpp"

#include "shell/excerpt.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <sys/socket.h>
#include <utility>

namespace shell {
namespace {

// Two of the largest data frames: one is handed on while the next arrives.
constexpr size_t usual_capacity = 2 * (wire::header_size + wire::max_data);

// Text, of which no frame begins with a character: what a shell over there or a command in jconsole's place
// says.
bool is_text(char first) {
    constexpr std::string_view controls = "\n\r\033";
    return static_cast<unsigned char>(first) >= ' ' || controls.find(first) != std::string_view::npos;
}

} // namespace

Connection::Connection(asio::io_context& context, pty::UniqueFd socket, std::function<void()> sent_all)
    : socket_(context), sent_all_(std::move(sent_all)),
      buffer_(std::make_unique_for_overwrite<char[]>(usual_capacity)), capacity_(usual_capacity) {
    socket_.assign(asio::local::stream_protocol(), socket.get());
    socket.release();
}

void Connection::send(std::string_view frames) {
    if (queue_.empty()) {
        auto sent = send_some(frames);
        if (!sent || *sent == frames.size())
            return;
        frames.remove_prefix(*sent);
    }
    queue_.append(frames);
    if (std::exchange(flushing_, true))
        return;
    asio::co_spawn(socket_.get_executor(), flush(shared_from_this()), [](const std::exception_ptr& error) {
        if (error)
            std::rethrow_exception(error);
    });
}

std::optional<size_t> Connection::send_some(std::string_view bytes) {
    ssize_t sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
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
        auto sent = error ? std::nullopt : self->send_some(self->queue_);
        if (!sent)
            break; // receive() meets the end of the connection
        self->queue_.erase(0, *sent);
    }
    self->flushing_ = false;
    if (self->queue_.empty())
        self->sent_all_();
}

asio::awaitable<bool> Connection::receive() {
    make_room();
    asio::error_code error;
    size_t got = co_await socket_.async_read_some(asio::buffer(buffer_.get() + end_, capacity_ - end_),
                                                  asio::redirect_error(asio::use_awaitable, error));
    end_ += got;
    co_return !error;
}

// Moves an incomplete frame to the front where the rest of it would not fit behind it. Only a control frame
// can be larger than the usual buffer, and its length is capped before any room is made for it.
void Connection::make_room() {
    size_t held = end_ - begin_;
    if (held > 0 && begin_ + wanted_ <= capacity_ && end_ < capacity_)
        return;
    auto larger = wanted_ > capacity_ ? std::make_unique_for_overwrite<char[]>(wanted_) : nullptr;
    std::memmove(larger ? larger.get() : buffer_.get(), buffer_.get() + begin_, held);
    if (larger) {
        buffer_ = std::move(larger);
        capacity_ = wanted_;
    }
    begin_ = 0;
    end_ = held;
}

std::optional<Frame> Connection::next() {
    size_t held = end_ - begin_;
    if (!answered_ && held > 0 && is_text(buffer_[begin_]))
        throw ProtocolError("this came in place of the router's answer: " +
                            excerpt({buffer_.get() + begin_, held}));
    if (held < wire::header_size) {
        wanted_ = wire::header_size;
        return std::nullopt;
    }
    const char* start = buffer_.get() + begin_;
    auto [header, error] =
        wire::decode_header(std::span<const char, wire::header_size>(start, wire::header_size));
    if (error != wire::FrameError::none)
        throw ProtocolError(std::string(wire::describe(error)));
    wanted_ = wire::header_size + header.length;
    if (held < wanted_)
        return std::nullopt;
    answered_ = true;
    begin_ += std::exchange(wanted_, wire::header_size);
    return Frame{header, {start + wire::header_size, header.length}};
}

void Connection::close() {
    asio::error_code ignored;
    socket_.close(ignored);
}

} // namespace shell
