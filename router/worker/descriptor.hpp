// A non-blocking descriptor on the worker's io_context. Reads and writes are the plain system calls of its
// user; what comes from here is the news that they can go on. One wait in each direction at a time.
#pragma once

#include "pty/fd.hpp"

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <fcntl.h>

#include <utility>

namespace worker {

class Descriptor {
public:
    explicit Descriptor(asio::io_context& context) : stream_(context) {}
    Descriptor(asio::io_context& context, pty::UniqueFd fd) : stream_(context) { assign(std::move(fd)); }

    void assign(pty::UniqueFd fd) {
        ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
        stream_.assign(fd.get());
        [[maybe_unused]] int owned = fd.release();
    }

    // -1 after close().
    [[nodiscard]] int get() { return stream_.is_open() ? stream_.native_handle() : -1; }

    // Waiting handlers are dropped, not called.
    void close() {
        asio::error_code ignored;
        stream_.close(ignored);
    }

    // `handler` is called once, unless the descriptor is closed before; while one waits, another is not
    // added. It must keep alive whoever owns this descriptor.
    template <class Handler>
    void when_readable(Handler handler) {
        wait(asio::posix::stream_descriptor::wait_read, reading_, std::move(handler));
    }
    template <class Handler>
    void when_writable(Handler handler) {
        wait(asio::posix::stream_descriptor::wait_write, writing_, std::move(handler));
    }

private:
    template <class Handler>
    void wait(asio::posix::stream_descriptor::wait_type type, bool& waiting, Handler handler) {
        if (waiting || !stream_.is_open())
            return;
        waiting = true;
        stream_.async_wait(type, [&waiting, handler = std::move(handler)](asio::error_code error) mutable {
            if (error)
                return;
            waiting = false;
            handler();
        });
    }

    asio::posix::stream_descriptor stream_;
    bool reading_ = false;
    bool writing_ = false;
};

} // namespace worker
