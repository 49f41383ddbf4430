// A session as the client protocol sees it: bytes in, bytes out on one or two streams, and an end. Two kinds:
// one with a terminal (terminal_session.hpp), one with pipes (pipe_session.hpp).
#pragma once

#include "pty/terminal.hpp"
#include "router/wire/control.hpp"
#include "router/wire/frame.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace worker {

struct Output {
    wire::Stream stream{};
    std::span<const char> bytes;
};

// Whom a session tells that there is something to do for it: the connection of its client.
class SessionClient {
public:
    virtual ~SessionClient() = default;
    virtual void output_ready() = 0;               // output() has something, or finished() has become true
    virtual void input_consumed(size_t bytes) = 0; // the program, or its terminal, has taken them
    [[nodiscard]] virtual size_t
    credit(wire::Stream stream) const = 0; // bytes that the client may still be sent
};

class Session : public std::enable_shared_from_this<Session> {
public:
    Session() = default;
    virtual ~Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void set_client(std::weak_ptr<SessionClient> client) { client_ = std::move(client); }

    virtual void start() = 0;
    // Takes all of it; the client's credit bounds what can be waiting.
    virtual void input(std::span<const char> bytes) = 0;
    virtual void end_input() = 0;
    virtual void resize(const pty::WindowSize& size) = 0;

    // What is next for the client on a stream that has credit; empty where there is nothing. Stays valid
    // until consumed() is called for it.
    [[nodiscard]] virtual Output output() = 0;
    virtual void consumed(wire::Stream stream, size_t bytes) = 0;

    // A stream of output whose end the client has not been told of: each is returned once, after all of its
    // bytes were consumed. None for a terminal, whose end is the session's.
    [[nodiscard]] virtual std::optional<wire::Stream> take_end() = 0;

    // The leader's end, from the monitor.
    virtual void exited(const wire::Exit& exit) = 0;
    // Once all of the output was consumed and the leader was reaped: what the client is told last.
    [[nodiscard]] virtual std::optional<wire::Exit> finished() = 0;

    // Drops every descriptor; the client is gone for good, or has had everything.
    virtual void close() = 0;

protected:
    void tell_output_ready() {
        if (auto client = client_.lock())
            client->output_ready();
    }
    void tell_input_consumed(size_t bytes) {
        if (auto client = client_.lock())
            client->input_consumed(bytes);
    }
    [[nodiscard]] size_t credit(wire::Stream stream) const {
        auto client = client_.lock();
        return client ? client->credit(stream) : 0;
    }

private:
    std::weak_ptr<SessionClient> client_;
};

} // namespace worker
