#include "shell/relay/outlet.hpp"

#include "pty/fd.hpp"
#include "pty/kernel.hpp"

#include <asio/co_spawn.hpp>
#include <exception>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace shell {

Outlet::Outlet(asio::io_context& context, int fd, Events events)
    : context_(context), fd_(fd), channel_(context, fd, Direction::write), events_(std::move(events)) {}

void Outlet::write(std::string_view data) {
    size_t done = kept() == 0 ? write_now(data) : 0;
    keep(data.substr(done));
    if (done > 0)
        events_.written(done);
}

void Outlet::end() {
    ended_ = true;
    close_if_ended();
}

// Writes what is taken at once; after a failure everything is. What takes a part is full: another try before
// it is writable again would be EAGAIN, for a terminal once in every 4 KB.
size_t Outlet::write_now(std::string_view data) {
    if (failed_ || data.empty())
        return data.size();
    Transfer transfer = channel_.write(data);
    if (transfer.error == 0)
        return transfer.size;
    failed_ = true;
    events_.failed(transfer.error);
    return data.size();
}

void Outlet::keep(std::string_view data) {
    if (data.empty())
        return;
    kept_.erase(0, std::exchange(begin_, 0));
    kept_.append(data);
    if (std::exchange(draining_, true))
        return;
    asio::co_spawn(context_, drain(), [](const std::exception_ptr& error) {
        if (error)
            std::rethrow_exception(error);
    });
}

asio::awaitable<void> Outlet::drain() {
    while (kept() > 0) {
        co_await channel_.writable();
        size_t done = write_now(std::string_view(kept_).substr(begin_));
        begin_ += done;
        if (done > 0)
            events_.written(done);
    }
    draining_ = false;
    close_if_ended();
}

void Outlet::close_if_ended() {
    if (!ended_ || kept() > 0)
        return;
    channel_.close();
    // The number stays taken, so that nothing else can come to stand there.
    pty::UniqueFd null(kernel::open("/dev/null", O_WRONLY));
    if (null)
        ::dup2(null.get(), fd_);
}

} // namespace shell
