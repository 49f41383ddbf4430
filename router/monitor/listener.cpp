#include "router/monitor/listener.hpp"

#include "router/monitor/log.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace monitor {
namespace {

constexpr int clients_a_turn = 16;
constexpr std::chrono::milliseconds pause_time{
    5}; // about 3,000 refusals a second, a few hundredths of a core

} // namespace

Listener::Listener(EventLoop& loop, int socket, std::function<bool(pty::UniqueFd)> take)
    : loop_(loop), socket_(socket), take_(std::move(take)), watch_(loop, socket, POLLIN, [this](short) {
          accept();
      }) {}

void Listener::accept() {
    bool refused = false;
    for (int i = 0; i < clients_a_turn; ++i) {
        pty::UniqueFd client(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!client) {
            if (errno == EMFILE || errno == ENFILE) {
                // The connection stays in the queue and would wake us for ever.
                log::error("no descriptors left: new clients wait");
                watch_.set_events(0);
                return;
            }
            break;
        }
        refused = !take_(std::move(client)) || refused;
    }
    if (refused)
        pause();
}

void Listener::pause() {
    watch_.set_events(0);
    pause_ = std::make_unique<EventLoop::Timer>(loop_, pause_time, [this] {
        pause_.reset();
        watch_.set_events(POLLIN);
    });
}

void Listener::resume() {
    if (!pause_)
        watch_.set_events(POLLIN);
}

} // namespace monitor
