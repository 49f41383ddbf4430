// One client: the frames it sends, in the order the protocol allows (docs/protocol.md), and the frames it
// gets.
#pragma once

#include "router/wire/control.hpp"
#include "router/wire/frame_reader.hpp"
#include "router/worker/descriptor.hpp"
#include "router/worker/session.hpp"
#include "router/worker/viewer.hpp"

#include <asio/steady_timer.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace worker {

class Connection;

// What a connection needs of the rest of the worker.
class Router {
public:
    virtual ~Router() = default;
    virtual void open(Connection& connection, const wire::Open& open) = 0;
    virtual void resume(Connection& connection, const wire::Resume& resume) = 0;
    virtual void signal(Connection& connection, int number) = 0;
    // The connection is over: its session, where it has one, is `delivered` (the client was told of its end)
    // or not.
    virtual void over(Connection& connection, bool delivered) = 0;
    // Where every connection reads into: what is read is used up before the next one reads.
    virtual std::span<char> read_buffer() = 0;
};

class Connection final : public std::enable_shared_from_this<Connection> {
public:
    Connection(asio::io_context& context, Router& router, uint64_t number, wire::Principal principal,
               pty::UniqueFd socket);

    void start();
    [[nodiscard]] uint64_t number() const { return number_; }
    [[nodiscard]] uint32_t session() const { return session_number_; }
    // What its session was asked for in, for the messages to its user.
    [[nodiscard]] const std::string& jail() const { return jail_; }
    void set_jail(std::string jail) { jail_ = std::move(jail); }

    // Who is at the other end; his session, once he has one, is told of him by attach().
    [[nodiscard]] Viewer& viewer() { return *viewer_; }
    // The session has been opened, or resumed: `greeting` is sent before anything of it.
    void attach(uint32_t number, std::shared_ptr<Session> session, const wire::RouterMessage& greeting);
    // Its session goes on with another connection; this one is over.
    void give_way();
    // One line for the user; the connection ends when it has been sent.
    void fail(const wire::Error& error);

private:
    enum class Phase { hello, open, opening, session, ending, over };

    void await_request();
    void await_more(size_t bytes);
    void read();
    void parse(std::span<const char> bytes);
    void take(const wire::FramePiece& piece);
    bool may_send(const wire::FramePiece& piece);
    void take_credit(const wire::FramePiece& piece);
    void take_control(const wire::ClientMessage& message);
    void take_size(const pty::WindowSize& size);
    void take_signal(std::string_view name);
    void take_input(std::span<const char> bytes);
    void end_input();
    void input_consumed(size_t bytes);
    void violation(std::string_view what);

    void flush();
    bool fill_next();
    bool write_some();
    void end(bool delivered);

    Router& router_;
    uint64_t number_;
    Descriptor socket_;
    asio::steady_timer patience_; // for hello and open
    size_t awaited_ = 0;          // bytes of these that have come since it was set
    Phase phase_ = Phase::hello;
    std::string jail_;
    uint32_t session_number_ = 0;
    std::shared_ptr<Session> session_;

    std::shared_ptr<Viewer> viewer_;

    // what arrives
    wire::FrameReader frames_;
    std::vector<int> early_signals_;             // before there was a session; none twice
    size_t input_credit_ = wire::initial_credit; // bytes that the client may still send
    size_t input_owed_ = 0;                      // bytes consumed and not yet given back as credit

    // what is leaving
    std::string queued_; // whole control and credit frames
    std::array<char, wire::header_size> data_header_{};
    size_t data_header_left_ = 0;
    Output data_;   // the rest of a data frame's payload
    Credit credit_; // of the client's
    bool flushing_ = false;
    bool delivered_ = false;
};

} // namespace worker
