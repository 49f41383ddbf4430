// The worker: its link to the monitor, its connections, its sessions. It can ask the monitor for what its
// principal may have, and do nothing else.
#pragma once

#include "router/wire/link.hpp"
#include "router/worker/connection.hpp"
#include "router/worker/descriptor.hpp"
#include "router/worker/terminal_session.hpp"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string_view>

namespace worker {

class Worker final : public Router {
public:
    explicit Worker(pty::UniqueFd link);

    // Until the monitor closes the link.
    void run();

    void open(Connection& connection, const wire::Open& open) override;
    void resume(Connection& connection, const wire::Resume& resume) override;
    void signal(Connection& connection, int number) override;
    void over(Connection& connection, bool delivered) override;
    std::span<char> read_buffer() override { return read_buffer_; }

private:
    struct SessionEntry {
        std::shared_ptr<Session> session;
        std::shared_ptr<TerminalSession> terminal; // the same, where it has one
        wire::Token token{};
        std::string name;
        bool adopted = false; // and not yet resumed
    };

    void read_link();
    void take(std::span<const char> bytes, const wire::LinkRow& row, pty::Received& received);
    void take_connection(const wire::LinkConnection& message, pty::UniqueFd socket);
    void take_opened(const wire::LinkOpened& message, std::vector<pty::UniqueFd>& fds);
    void take_refused(const wire::LinkRefused& message);
    void take_adopt(const wire::LinkAdopt& message, std::vector<pty::UniqueFd>& fds);
    void take_exited(const wire::LinkExited& message);
    void peek(Connection& connection, const std::string& name);
    void hang_up(uint32_t session);
    void say_when_idle();

    template <class Message>
    void tell(const Message& message, std::span<const int> fds = {}) {
        send(wire::bytes_of(message), fds);
    }
    void send(std::string_view message, std::span<const int> fds);

    asio::io_context context_{1};
    Descriptor link_;
    asio::steady_timer idle_timer_;
    std::map<uint64_t, std::shared_ptr<Connection>> connections_;
    std::map<uint32_t, std::weak_ptr<Connection>> requests_; // that the monitor has not answered
    std::map<uint32_t, SessionEntry> sessions_;
    uint32_t last_request_ = 0;
    std::array<char, 65536 + wire::header_size> read_buffer_{};
};

} // namespace worker
