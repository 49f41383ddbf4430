#include "shell/relay/dial.hpp"

#include "shell/relay/channel.hpp"

#include <array>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <exception>
#include <memory>

namespace shell {
namespace {

using Socket = asio::local::stream_protocol::socket;
using Buffer = std::array<char, size_t{64} << 10>;

asio::awaitable<void> pass_input(Channel& input, Socket& socket) {
    auto buffer = std::make_unique<Buffer>();
    asio::error_code error;
    while (!error) {
        Transfer got = co_await input.read(*buffer);
        if (got.size == 0)
            break;
        co_await asio::async_write(socket, asio::buffer(buffer->data(), got.size),
                                   asio::redirect_error(asio::use_awaitable, error));
    }
    socket.shutdown(Socket::shutdown_send, error); // one that is gone is met by the other direction
}

// False: nobody reads any more.
asio::awaitable<bool> write_all(Channel& output, std::string_view data) {
    while (!data.empty()) {
        Transfer put = output.write(data);
        if (put.error != 0)
            co_return false;
        data.remove_prefix(put.size);
        if (!data.empty())
            co_await output.writable();
    }
    co_return true;
}

asio::awaitable<void> pass_output(Socket& socket, Channel& output, asio::io_context& context) {
    auto buffer = std::make_unique<Buffer>();
    asio::error_code error;
    for (;;) {
        size_t got = co_await socket.async_read_some(asio::buffer(*buffer),
                                                     asio::redirect_error(asio::use_awaitable, error));
        if (error || !co_await write_all(output, {buffer->data(), got}))
            break;
    }
    context.stop();
}

void rethrow(const std::exception_ptr& error) {
    if (error)
        std::rethrow_exception(error); // out of run()
}

} // namespace

void join_to_socket(int input, int output, pty::UniqueFd socket) {
    asio::io_context context{1};
    Channel in(context, input, Direction::read);
    Channel out(context, output, Direction::write);
    Socket router(context);
    router.assign(asio::local::stream_protocol(), socket.get());
    socket.release();
    asio::co_spawn(context, pass_input(in, router), rethrow);
    asio::co_spawn(context, pass_output(router, out, context), rethrow);
    context.run();
}

} // namespace shell
