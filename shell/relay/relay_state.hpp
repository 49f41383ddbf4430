// One session's relay, as its two files share it: the connection, the terminal and the signals (relay.cpp),
// and what the router says (relay_messages.cpp).
#pragma once

#include "router/contract/verbs.hpp"
#include "router/wire/control.hpp"
#include "router/wire/frame.hpp"
#include "router/wire/frame_reader.hpp"
#include "shell/relay/assignment.hpp"
#include "shell/relay/connection.hpp"
#include "shell/relay/local_terminal.hpp"
#include "shell/relay/relay_input.hpp"
#include "shell/relay/relay_output.hpp"
#include "shell/relay/relay_signals.hpp"

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace shell {

// Where the conversation with the router stands.
enum class Phase {
    connecting, // for the first time, or again after a connection has ended
    greeting,   // connected; hello and the request are on their way
    requesting, // the router has said hello; its answer to the request is awaited
    running,    // data may pass
    ending,     // how it ends is known; what came before that is written first
};

class Relay {
public:
    explicit Relay(const Assignment& assignment);
    Ending run();

private:
    using Clock = std::chrono::steady_clock;

    // Protocol.
    asio::awaitable<void> converse();
    asio::awaitable<void> receive_frames();
    asio::awaitable<void> reconnect();
    asio::awaitable<void> pause(std::chrono::milliseconds time);
    void refuse_long_request() const;
    pty::UniqueFd connect();
    void run_until_answered();
    void greet(pty::UniqueFd socket);
    void handle(const wire::FramePiece& piece);
    void handle_control(std::string_view payload);
    void deliver(wire::Stream stream, std::string_view data);
    void take_credit(const wire::FramePiece& piece);
    void on(const wire::Hello& hello);
    void on(const wire::Opened& opened);
    void on(const wire::Resumed& resumed);
    void on(const wire::Exit& exit);
    void on(const wire::Error& error);
    [[nodiscard]] Ending ending_of(const wire::Exit& exit, int status) const;
    void lose_pipes();
    [[noreturn]] void lose(std::string cause, std::string mend);
    void tell_once_of_loss();

    // Input.
    RelayInput::Events input_events();
    void input_ended(int error);

    // Output.
    RelayOutput::Events output_events();
    void output_failed(int error);

    // Terminal and signals.
    asio::awaitable<void> watch_signals();
    void on_signal(int signal);
    void enter_raw();
    void send_size_if_changed();

    void finish(Ending ending);
    void end_by(Ending ending);
    void stop_when_written();
    void spawn(asio::awaitable<void> coroutine);

    const Assignment& assignment_;
    const contract::VerbRow& verb_;
    std::string request_; // the frame that follows hello
    asio::io_context context_{1};
    asio::signal_set signals_{context_};
    RelayInput input_;
    RelayOutput output_;
    std::optional<LocalTerminal> terminal_; // nothing: the session has pipes

    std::shared_ptr<Connection> connection_;
    Phase phase_ = Phase::connecting;
    Clock::time_point greeting_since_ = Clock::now();
    int greetings_ = 0;
    std::optional<wire::Opened> opened_;
    std::optional<Clock::time_point> broken_since_;
    bool told_ = false;

    Insistence insistence_;
    bool interrupted_ = false; // a signal has been passed on
    std::optional<Ending> ending_;
};

} // namespace shell
