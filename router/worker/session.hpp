// A session as the client protocol sees it: bytes in, bytes out on one or two streams, and an end. Two kinds:
// one with a terminal (terminal_session.hpp), one with pipes (pipe_session.hpp). It owns what the program
// reads and writes; what belongs to who looks at it is the viewer's (viewer.hpp).
#pragma once

#include "pty/terminal.hpp"
#include "router/wire/control.hpp"
#include "router/wire/frame.hpp"
#include "router/worker/viewer.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace worker {

struct Output {
    wire::Stream stream{};
    std::span<const char> bytes;
};

// Bytes that a client may still be sent, stream by stream.
struct Credit {
    size_t output = wire::initial_credit;
    size_t error = wire::initial_credit;
    [[nodiscard]] size_t of(wire::Stream stream) const {
        return stream == wire::Stream::error ? error : output;
    }
    size_t& of(wire::Stream stream) { return stream == wire::Stream::error ? error : output; }
};
static_assert(wire::initial_credit <= wire::max_data, "what may be sent fits a frame");

class Session : public std::enable_shared_from_this<Session> {
public:
    Session() = default;
    virtual ~Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // From now on it is before this one, in place of any other, with what he has typed and told by now. It
    // does not keep him alive.
    virtual void show_to(const std::shared_ptr<Viewer>& viewer);

    virtual void start() = 0;
    // Takes all of it: what the program does not read yet waits at the viewer.
    void input(Viewer& viewer, std::span<const char> bytes);
    virtual void end_input(Viewer& viewer) = 0;
    virtual void resize(const pty::WindowSize& size) = 0;

    // What is next for the viewer on a stream that has credit, and no more than that; empty where there is
    // nothing. Stays valid until consumed() is called for it.
    [[nodiscard]] virtual Output output(const Viewer& viewer, const Credit& credit) = 0;
    virtual void consumed(Viewer& viewer, wire::Stream stream, size_t bytes) = 0;

    // A stream of output whose end the viewer has not been told of: each is returned once, after all of its
    // bytes were consumed. None for a terminal, whose end is the session's.
    [[nodiscard]] virtual std::optional<wire::Stream> take_end() = 0;

    // The leader's end, from the monitor.
    virtual void exited(const wire::Exit& exit) = 0;
    // Once all of the output was consumed and the leader was reaped: what the viewer is told last.
    [[nodiscard]] virtual std::optional<wire::Exit> finished(const Viewer& viewer) = 0;

    // Drops every descriptor; nobody will look at it again.
    virtual void close() = 0;

protected:
    // How much of it the program, or its terminal, takes now; all of it where nobody will ever read it.
    virtual size_t write(std::span<const char> bytes) = 0;
    // It has taken so many bytes of the viewer's, and what is left of them waits: to go on with that, and to
    // tell him last.
    virtual void taken(Viewer& viewer, size_t bytes) = 0;
    // What waits at the viewer, once there may be room for it.
    void write_unsent();
    // Null: nobody has it before him, as where the worker that he was connected to has died.
    [[nodiscard]] std::shared_ptr<Viewer> viewer() const { return viewer_.lock(); }
    void tell_output_ready() const {
        if (auto viewer = viewer_.lock())
            viewer->output_ready();
    }

private:
    std::weak_ptr<Viewer> viewer_;
};

} // namespace worker
