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

    void show_to(const std::shared_ptr<Viewer>& viewer) override;
    void start() override;
    void end_input(Viewer& viewer) override;
    void resize(const pty::WindowSize& size) override;
    Output output(const Viewer& viewer, const Credit& credit) override;
    void consumed(Viewer& viewer, wire::Stream stream, size_t bytes) override;
    std::optional<wire::Stream> take_end() override { return std::nullopt; }
    void exited(const wire::Exit& exit) override;
    std::optional<wire::Exit> finished(const Viewer& viewer) override;
    void close() override;

    // To the foreground process group of the terminal.
    void signal(int number);

    // A viewer to be, who was connected before and has `received` bytes of the output, goes on behind them,
    // and with the input behind what has reached the terminal. False where the ring does not hold what comes
    // next.
    [[nodiscard]] bool resume(Viewer& viewer, uint64_t received) const;
    // The end of what the terminal has shown: at most 64 KiB.
    [[nodiscard]] std::string latest() const;

private:
    std::shared_ptr<TerminalSession> self() {
        return std::static_pointer_cast<TerminalSession>(shared_from_this());
    }
    void read_master();
    pty::EndOfOutput::Next read_once();
    [[nodiscard]] uint64_t slowest() const;
    void read_on();
    void wait_for_more(pty::EndOfOutput::Next next);
    size_t write(std::span<const char> bytes) override;
    void taken(Viewer& viewer, size_t bytes) override;
    void wait_for_room();
    void type_end();
    void type_end_soon();

    Descriptor master_;
    pty::UniqueFd ring_fd_;
    wire::Ring ring_;
    uint64_t kept_from_; // the oldest output that is kept where there is no viewer
    pty::EndOfOutput end_;
    asio::steady_timer end_timer_;
    asio::steady_timer retry_timer_;
    bool full_ = false; // reading waits for the viewer
    TypedEnd typed_end_;
    asio::steady_timer typed_end_timer_;
    std::chrono::milliseconds typed_end_pause_{0};
    std::optional<wire::Exit> exit_;
};

} // namespace worker
