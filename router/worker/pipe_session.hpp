// A session with pipes: stdin, stdout and stderr of the program, each with its own end. No ring: one bounded
// buffer for each direction.
#pragma once

#include "pty/end_of_output.hpp"
#include "router/worker/descriptor.hpp"
#include "router/worker/session.hpp"

#include <asio/steady_timer.hpp>

#include <array>
#include <string>
#include <vector>

namespace worker {

class PipeSession final : public Session {
public:
    PipeSession(asio::io_context& context, pty::UniqueFd input, pty::UniqueFd output, pty::UniqueFd error);

    void start() override;
    void end_input(Viewer& viewer) override;
    void resize(const pty::WindowSize& size) override;
    Output output(const Viewer& viewer, const Credit& credit) override;
    void consumed(Viewer& viewer, wire::Stream stream, size_t bytes) override;
    std::optional<wire::Stream> take_end() override;
    void exited(const wire::Exit& exit) override;
    std::optional<wire::Exit> finished(const Viewer& viewer) override;
    void close() override;

private:
    // One of the program's two outputs. The buffer is made when the first byte comes and kept.
    struct Source {
        Source(asio::io_context& context, wire::Stream which, pty::UniqueFd fd)
            : stream(which), pipe(context, std::move(fd)), end(true), timer(context) {}
        wire::Stream stream;
        Descriptor pipe;
        pty::EndOfOutput end;
        asio::steady_timer timer;
        bool closed = false; // the program's side has ended
        bool told = false;   // the client knows
        std::vector<char> buffer;
        size_t begin = 0;
        size_t filled = 0;
        [[nodiscard]] bool over() const { return (closed || end.done()) && begin == filled; }
    };

    std::shared_ptr<PipeSession> self() { return std::static_pointer_cast<PipeSession>(shared_from_this()); }
    void read_source(Source& source);
    void wait_for_more(Source& source, pty::EndOfOutput::Next next);
    size_t write(std::span<const char> bytes) override;
    void taken(Viewer& viewer, size_t bytes) override;

    Descriptor input_;
    std::array<Source, 2> sources_;
    std::optional<wire::Exit> exit_;
};

} // namespace worker
