#include "shell/relay/relay.hpp"

#include "shell/relay/connection.hpp"
#include "shell/relay/local_terminal.hpp"
#include "shell/relay/relay_input.hpp"
#include "shell/relay/relay_output.hpp"
#include "shell/relay/relay_signals.hpp"

#include <algorithm>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace shell {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int most_greetings = 5; // connections that end before the router's hello
constexpr auto quiet_time = 4s;   // a router that has not answered by then is not just busy
constexpr auto told_after = 1s;   // the user hears of a broken connection that is not back by then

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

Relay::Relay(const Assignment& assignment)
    : assignment_(assignment), verb_(assignment.verb()),
      request_(wire::control_frame(wire::ClientMessage(assignment.open))),
      input_(context_, assignment.input, assignment.open.terminal.has_value(), input_events()),
      output_(context_, assignment, output_events()) {
    if (assignment.open.terminal)
        terminal_.emplace(assignment.input, assignment.output, *assignment.open.terminal);
}

Ending Relay::run() {
    refuse_long_request();
    spawn(watch_signals());
    spawn(converse());
    if (!assignment_.quiet.empty())
        run_until_answered();
    context_.run();
    return std::move(*ending_);
}

// Or until its silence has been told. No timer of its own: that would cost each session a system call.
void Relay::run_until_answered() {
    while (phase_ <= Phase::greeting && Clock::now() < greeting_since_ + quiet_time)
        context_.run_one_until(greeting_since_ + quiet_time);
    if (phase_ <= Phase::greeting)
        print_line(error_line({assignment_.open.jail, "connection", assignment_.quiet, "^C ends the wait"}));
}

void Relay::spawn(asio::awaitable<void> coroutine) {
    asio::co_spawn(context_, std::move(coroutine), [](const std::exception_ptr& error) {
        if (error)
            std::rethrow_exception(error); // out of run()
    });
}

// At once.
void Relay::finish(Ending ending) {
    ending_ = std::move(ending);
    phase_ = Phase::ending;
    context_.stop();
}

// When everything that came before has been written, however slow its reader is.
void Relay::end_by(Ending ending) {
    ending_ = std::move(ending);
    phase_ = Phase::ending;
    stop_when_written();
}

void Relay::stop_when_written() {
    if (phase_ == Phase::ending && output_.all_written())
        context_.stop();
}

// ---- the connection

asio::awaitable<void> Relay::converse() {
    greet(connect());
    for (;;) {
        co_await receive_frames();
        if (phase_ == Phase::ending)
            co_return;
        co_await reconnect();
        if (phase_ == Phase::ending)
            co_return;
    }
}

asio::awaitable<void> Relay::receive_frames() {
    while (co_await connection_->receive()) {
        while (auto piece = connection_->next()) {
            handle(*piece);
            if (phase_ == Phase::ending)
                co_return;
        }
    }
}

asio::awaitable<void> Relay::pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(context_, time);
    co_await timer.async_wait(asio::use_awaitable);
}

// Before anything is started or sent for it.
void Relay::refuse_long_request() const {
    size_t size = request_.size() - wire::header_size;
    if (size > wire::max_control)
        throw FailureError({assignment_.open.jail, "request",
                            "it is too long: " + std::to_string(size) +
                                " bytes with all arguments and variables, of at most " +
                                std::to_string(wire::max_control),
                            "pass long input through standard input"});
}

// It waits without the loop, and nothing is to be undone yet: a signal ends it as if nobody handled any.
pty::UniqueFd Relay::connect() {
    signals_.clear();
    pty::UniqueFd socket = assignment_.connect();
    add_signals(signals_, terminal_.has_value());
    return socket;
}

// hello and the request travel in one write: one round trip to the prompt.
void Relay::greet(pty::UniqueFd socket) {
    connection_ = std::make_shared<Connection>(context_, std::move(socket), [this] {
        input_.go_on();
    });
    phase_ = Phase::greeting;
    greeting_since_ = Clock::now();
    output_.restart();
    if (opened_)
        request_ = wire::control_frame(
            wire::ClientMessage(wire::Resume{opened_->session, opened_->token, output_.total()}));
    connection_->send(
        wire::control_frame(wire::ClientMessage(wire::Hello{wire::protocol_version, "jconsole"})) + request_);
}

asio::awaitable<void> Relay::reconnect() {
    bool answered = std::exchange(phase_, Phase::connecting) > Phase::greeting;
    connection_->close();
    if (assignment_.ended)
        assignment_.ended(answered);
    if (!opened_) {
        // A router that ends when it has nothing to do may have been doing so.
        if (answered || ++greetings_ >= most_greetings)
            lose(assignment_.peer + " closed the connection", "try again; the router's log says why");
        co_await pause(assignment_.between_attempts);
        greet(connect());
        co_return;
    }
    if (opened_->token.empty()) {
        lose_pipes();
        co_return;
    }
    bool again = broken_since_.has_value();
    if (!again)
        broken_since_ = Clock::now();
    for (;; again = true) {
        if (again)
            co_await pause(assignment_.between_attempts);
        auto socket = assignment_.reconnect();
        auto broken = Clock::now() - *broken_since_;
        if (broken > (socket ? assignment_.patience : assignment_.patience_unheard))
            lose("the connection broke and did not come back",
                 "the session may have ended: look with 'jconsole sessions'");
        if (broken > told_after)
            tell_once_of_loss();
        if (socket) {
            greet(std::move(socket));
            co_return;
        }
    }
}

void Relay::tell_once_of_loss() {
    if (std::exchange(told_, true))
        return;
    if (terminal_)
        terminal_->leave(); // so that ^C ends the waiting
    print_line(error_line({assignment_.open.jail, "connection", "broken; trying to get it back", {}}));
}

// A verb's session is none to its user.
void Relay::lose_pipes() {
    const wire::Open& open = assignment_.open;
    if (verb_.helper == contract::Helper::program)
        end_by(Failure{open.jail, "connection", assignment_.peer + " closed the connection",
                       "the session has ended with it"});
    else
        end_by(Failure{open.jail, open.verb, assignment_.broken + " before this was done",
                       assignment_.broken_mend});
}

void Relay::lose(std::string cause, std::string mend) {
    throw FailureError({assignment_.open.jail, "connection", std::move(cause), std::move(mend)});
}

void Relay::handle(const wire::FramePiece& piece) {
    const wire::FrameHeader& header = piece.header;
    std::string_view payload(piece.payload.data(), piece.payload.size());
    if (header.type == wire::FrameType::control)
        return handle_control(payload);
    if (phase_ != Phase::running)
        throw ProtocolError("data before the session is open");
    if (header.type == wire::FrameType::credit)
        return take_credit(piece);
    if (header.stream == wire::Stream::input || (terminal_ && header.stream == wire::Stream::error))
        throw ProtocolError("data on a stream that does not come from the router");
    if (header.type == wire::FrameType::data)
        deliver(header.stream, payload);
    else
        output_.end(header.stream);
}

void Relay::handle_control(std::string_view payload) {
    auto parsed = wire::parse_router_message(payload);
    if (!parsed.message)
        throw ProtocolError(parsed.problem);
    std::visit(
        [this](const auto& message) {
            on(message);
        },
        *parsed.message);
}

void Relay::on(const wire::Hello& hello) {
    if (hello.version != wire::protocol_version)
        throw ProtocolError("the router speaks protocol version " + std::to_string(hello.version) +
                            ", this program " + std::to_string(wire::protocol_version));
    if (phase_ != Phase::greeting)
        throw ProtocolError("the router says hello a second time");
    phase_ = Phase::requesting;
}

void Relay::on(const wire::Opened& opened) {
    if (phase_ != Phase::requesting || opened_)
        throw ProtocolError("a session opened that was not asked for");
    opened_ = opened;
    phase_ = Phase::running;
    for (const std::string& notice : opened.notices)
        print_line(error_line({assignment_.open.jail,
                               {},
                               assignment_.commands ? assignment_.commands->all(notice) : notice,
                               {}}));
    // What is read is lost to whoever shares standard input with us: a loop over a list, or the shell that a
    // line was pasted to. So a verb of the router reads none of it.
    if (verb_.helper != contract::Helper::program)
        input_.end();
    enter_raw();
    input_.go_on();
}

void Relay::on(const wire::Resumed& resumed) {
    if (phase_ != Phase::requesting || !broken_since_ || !input_.resume(resumed.input))
        throw ProtocolError("the session cannot go on from where the router says");
    phase_ = Phase::running;
    told_ = false;
    broken_since_.reset();
    enter_raw();
    input_.go_on();
}

void Relay::on(const wire::Exit& exit) {
    constexpr int signalled = 128;
    constexpr int status_mask = 0xFF; // what a parent process can see
    int status = exit.signal ? signalled + *exit.signal : exit.status.value_or(own_error);
    status &= status_mask;
    end_by(ending_of(exit, status));
}

// A program of the user's may end so; a helper that does a verb's work had no chance to say why.
Ending Relay::ending_of(const wire::Exit& exit, int status) const {
    if (!exit.reason.empty())
        return Failure{assignment_.open.jail, {}, exit.reason, {}, status};
    if (!exit.signal || verb_.helper == contract::Helper::program)
        return ExitStatus{status};
    std::string signal = "signal " + std::to_string(*exit.signal);
    if (!interrupted_)
        return Failure{{}, assignment_.open.verb, "its helper was ended by " + signal, "try again", status};
    if (verb_.changes_jail())
        return Failure{
            {}, assignment_.open.verb, "interrupted by " + signal, "'jconsole ls' lists what runs", status};
    return LocalSignal{*exit.signal};
}

void Relay::on(const wire::Error& error) {
    end_by(Failure{error.jail, error.step, error.cause, error.mend, error.code});
}

// ---- input

void Relay::take_credit(const wire::FramePiece& piece) {
    if (piece.header.stream != wire::Stream::input ||
        !input_.consumed(wire::decode_credit(piece.payload.first<4>())))
        throw ProtocolError("credit for bytes that were never sent");
}

RelayInput::Events Relay::input_events() {
    return {[this] {
                return phase_ == Phase::running;
            },
            [this] {
                return connection_->idle();
            },
            [this](std::string_view header, std::string_view data) {
                connection_->send(header, data);
            },
            [this](int error) {
                input_ended(error);
            }};
}

void Relay::input_ended(int error) {
    if (terminal_ && terminal_->typed()) // a raw terminal has no other end than a hangup
        finish(LocalSignal{SIGHUP});
    else if (error != 0)
        print_line(error_line({assignment_.open.jail, "standard input", std::strerror(error), {}}));
}

// ---- output

void Relay::deliver(wire::Stream stream, std::string_view data) {
    if (terminal_)
        terminal_->watch(data);
    if (!output_.deliver(stream, data))
        throw ProtocolError("more data than there was credit for");
}

RelayOutput::Events Relay::output_events() {
    return {[this](wire::Stream stream, uint32_t bytes) {
                auto frame = wire::credit_frame(stream, bytes);
                if (phase_ == Phase::running)
                    connection_->send({frame.data(), frame.size()});
            },
            [this] {
                stop_when_written();
            },
            [this](int error) {
                output_failed(error);
            }};
}

void Relay::output_failed(int error) {
    if (assignment_.output_failed)
        assignment_.output_failed(error);
    else if (error == EPIPE)
        finish(LocalSignal{SIGPIPE});
    else if (error == EIO && terminal_)
        finish(LocalSignal{SIGHUP});
    else
        finish(Failure{assignment_.open.jail, "standard output", std::strerror(error), {}});
}

// ---- terminal and signals

asio::awaitable<void> Relay::watch_signals() {
    for (;;)
        on_signal(co_await signals_.async_wait(asio::use_awaitable));
}

void Relay::on_signal(int signal) {
    if (signal == SIGTSTP) {
        terminal_->leave();
        stop_by(signals_, signal);
    }
    if (signal == SIGTSTP || signal == SIGCONT) {
        // Whoever had the terminal meanwhile may have changed its settings and its size.
        if (phase_ == Phase::running)
            enter_raw();
    } else if (signal == SIGWINCH) {
        send_size_if_changed();
    } else if (terminal_ || phase_ < Phase::running || insistence_.repeated(signal, Clock::now())) {
        finish(LocalSignal{signal});
    } else {
        interrupted_ = true;
        if (assignment_.interrupted)
            assignment_.interrupted(signal);
        connection_->send(wire::control_frame(wire::ClientMessage(wire::Signal{forwarded_name(signal)})));
    }
}

void Relay::enter_raw() {
    if (!terminal_)
        return;
    terminal_->enter();
    send_size_if_changed();
}

void Relay::send_size_if_changed() {
    if (phase_ != Phase::running)
        return;
    if (auto size = terminal_->changed_size())
        connection_->send(wire::control_frame(wire::ClientMessage(wire::Resize{*size})));
}

} // namespace

Ending run_relay(const Assignment& assignment) {
    try {
        return Relay(assignment).run();
    } catch (const ProtocolError& error) {
        throw FailureError({assignment.open.jail, "protocol", error.what(), assignment.protocol_mend});
    }
}

} // namespace shell
