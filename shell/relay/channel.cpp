#include "shell/relay/channel.hpp"

#include "pty/fd.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <chrono>
#include <climits>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace shell {
namespace {

int open_flags(Direction direction) {
    return (direction == Direction::read ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_NOCTTY;
}

// Its own name first; /dev/tty where that name may not be opened, as after su, and `fd` is the controlling
// terminal.
pty::UniqueFd reopen_terminal(int fd, Direction direction) {
    pty::UniqueFd result;
    if (const char* name = ::ttyname(fd))
        result.reset(kernel::open(name, open_flags(direction)));
    if (!result && ::tcgetsid(fd) == ::getsid(0))
        result.reset(kernel::open("/dev/tty", open_flags(direction)));
    return result;
}

// Where /dev/fd duplicates instead of opening anew, as on FreeBSD, the flags tell.
pty::UniqueFd reopen_pipe(int fd, Direction direction) {
    pty::UniqueFd result(kernel::open(("/dev/fd/" + std::to_string(fd)).c_str(), open_flags(direction)));
    if (result && (::fcntl(result.get(), F_GETFL) & O_NONBLOCK) == 0)
        result.reset();
    return result;
}

pty::UniqueFd reopen(int fd, mode_t type, Direction direction) {
    if (::isatty(fd) == 1)
        return reopen_terminal(fd, direction);
    return S_ISFIFO(type) ? reopen_pipe(fd, direction) : pty::UniqueFd();
}

bool is_direct(int fd, mode_t type) {
    return S_ISREG(type) || S_ISDIR(type) || S_ISBLK(type) || (S_ISCHR(type) && ::isatty(fd) != 1);
}

Transfer transfer(ssize_t result) {
    if (result >= 0)
        return {static_cast<size_t>(result), 0};
    return {0, errno == EWOULDBLOCK ? EAGAIN : errno};
}

bool is_writable(int fd) {
    pollfd entry{fd, POLLOUT, 0};
    return ::poll(&entry, 1, 0) == 1;
}

} // namespace

Channel::Channel(asio::io_context& context, int fd, Direction direction) : fd_(fd), waiter_(context) {
    struct stat status = {};
    if (::fstat(fd, &status) == -1 || is_direct(fd, status.st_mode))
        return;
    socket_ = S_ISSOCK(status.st_mode);
    terminal_ = ::isatty(fd) == 1;
    unwatched_ = reopen(fd, status.st_mode, direction);
    kind_ = unwatched_ ? Kind::own : Kind::shared;
    if (!unwatched_)
        unwatched_ = readiness_of(fd, direction);
}

void Channel::watch() {
    if (!unwatched_)
        return;
    if (kind_ == Kind::shared)
        return assign_readiness(waiter_, std::move(unwatched_));
    waiter_.assign(unwatched_.get());
    unwatched_.release();
}

asio::awaitable<Transfer> Channel::read(std::span<char> buffer) {
    asio::error_code error;
    watch();
    if (kind_ == Kind::own && terminal_)
        co_return co_await read_terminal(buffer);
    if (kind_ == Kind::own) {
        size_t size = co_await waiter_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                                       asio::redirect_error(asio::use_awaitable, error));
        co_return Transfer{size, error == asio::error::eof ? 0 : error.value()};
    }
    Transfer result;
    do {
        if (kind_ == Kind::shared)
            co_await await_readiness();
        result = read_piece(buffer);
    } while (result.error == EAGAIN);
    co_return result;
}

asio::awaitable<void> Channel::await_readiness() {
    asio::error_code error;
    do {
        co_await waiter_.async_wait(asio::posix::stream_descriptor::wait_read,
                                    asio::redirect_error(asio::use_awaitable, error));
    } while (!error && !is_still_ready(waiter_.native_handle()));
}

// Outside of its foreground process group the kernel answers a read by SIGTTIN, which stops us, and asks a
// second time when we go on, so that nothing else would be done; only where a signal has come meanwhile, it
// says EINTR. Then what the signal asks for has its turn, for a while.
asio::awaitable<Transfer> Channel::read_terminal(std::span<char> buffer) {
    asio::error_code ignored; // the read meets it again
    for (;;) {
        co_await waiter_.async_wait(asio::posix::stream_descriptor::wait_read,
                                    asio::redirect_error(asio::use_awaitable, ignored));
        ssize_t size = ::read(waiter_.native_handle(), buffer.data(), buffer.size());
        if (size >= 0)
            co_return Transfer{static_cast<size_t>(size), 0};
        if (errno == EINTR)
            co_await await_foreground();
        else if (errno != EAGAIN)
            co_return Transfer{0, errno};
    }
}

asio::awaitable<void> Channel::await_foreground() {
    constexpr std::chrono::milliseconds between{50};
    constexpr int looks = 20;
    asio::steady_timer timer(waiter_.get_executor());
    for (int look = 0; look < looks && ::tcgetpgrp(fd_) != ::getpgrp(); ++look) {
        timer.expires_after(between);
        asio::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

Transfer Channel::write(std::string_view data) {
    if (kind_ == Kind::shared)
        return write_pieces(data);
    int fd = fd_;
    if (kind_ == Kind::own)
        fd = unwatched_ ? unwatched_.get() : waiter_.native_handle();
    Transfer result = transfer(kernel::write(fd, data.data(), data.size()));
    return result.error == EAGAIN ? Transfer{} : result;
}

asio::awaitable<void> Channel::writable() {
    asio::error_code ignored; // the next write meets the error again, and reports it
    watch();
    if (kind_ == Kind::own)
        co_await waiter_.async_wait(asio::posix::stream_descriptor::wait_write,
                                    asio::redirect_error(asio::use_awaitable, ignored));
    else if (kind_ == Kind::shared)
        co_await await_readiness();
}

void Channel::close() {
    asio::error_code ignored;
    unwatched_.reset();
    waiter_.close(ignored);
}

Transfer Channel::read_piece(std::span<char> buffer) const {
    if (socket_)
        return transfer(::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT));
    return transfer(kernel::read(fd_, buffer.data(), buffer.size()));
}

// A pipe that polls writable takes PIPE_BUF bytes without blocking (pipe(7)); a socket is told not to block.
Transfer Channel::write_pieces(std::string_view data) const {
    Transfer total;
    while (total.size < data.size()) {
        std::string_view rest = data.substr(total.size);
        if (!socket_ && !is_writable(fd_))
            break;
        Transfer piece =
            socket_ ? transfer(::send(fd_, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL))
                    : transfer(kernel::write(fd_, rest.data(), std::min<size_t>(rest.size(), PIPE_BUF)));
        if (piece.error == EAGAIN)
            break;
        if (piece.error != 0)
            return total.size > 0 ? total : piece;
        total.size += piece.size;
    }
    return total;
}

} // namespace shell
