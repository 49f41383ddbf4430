// A session with a terminal: pty master to ring, ring to client; client to pty master.
#pragma once

#include "pty/end_of_output.hpp"
#include "router/wire/ring.hpp"
#include "router/worker/descriptor.hpp"
#include "router/worker/session.hpp"
#include "router/worker/typed_end.hpp"

#include <asio/steady_timer.hpp>

#include <chrono>
#include <string>

namespace worker {

class TerminalSession final : public Session {
public:
    // Throws pty::StepError where the ring is not one.
    TerminalSession(asio::io_context& context, pty::UniqueFd master, pty::UniqueFd ring);

    void start() override;
    void input(std::span<const char> bytes) override;
    void end_input() override;
    void resize(const pty::WindowSize& size) override;
    Output output() override;
    void consumed(wire::Stream stream, size_t bytes) override;
    std::optional<wire::Stream> take_end() override { return std::nullopt; }
    void exited(const wire::Exit& exit) override;
    std::optional<wire::Exit> finished() override;
    void close() override;

    // To the foreground process group of the terminal.
    void signal(int number);

    // For a client that was connected before: it has `received` bytes of the output. False where the ring
    // does not hold what comes next.
    bool resume_at(uint64_t received);
    // The end of what the terminal has shown: at most 64 KiB.
    [[nodiscard]] std::string latest() const;
    // Bytes of the client's input that reached the terminal.
    [[nodiscard]] uint64_t input_count() const { return ring_.input(); }

private:
    std::shared_ptr<TerminalSession> self() {
        return std::static_pointer_cast<TerminalSession>(shared_from_this());
    }
    void read_master();
    pty::EndOfOutput::Next read_once();
    void wait_for_more(pty::EndOfOutput::Next next);
    void write_master();
    void type_end();
    void type_end_soon();

    Descriptor master_;
    pty::UniqueFd ring_fd_;
    wire::Ring ring_;
    uint64_t cursor_; // of the client: bytes of output that it was sent
    pty::EndOfOutput end_;
    asio::steady_timer end_timer_;
    asio::steady_timer retry_timer_;
    bool full_ = false; // reading waits for the client
    std::string waiting_input_;
    bool input_ended_ = false;
    TypedEnd typed_end_;
    asio::steady_timer typed_end_timer_;
    std::chrono::milliseconds typed_end_pause_{0};
    std::optional<wire::Exit> exit_;
};

} // namespace worker
