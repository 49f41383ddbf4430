#include "shell/relay/relay.hpp"

#include "shell/relay/relay_state.hpp"

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace shell {
namespace {

using namespace std::chrono_literals;

constexpr int most_greetings = 5; // connections that end before the router's hello
constexpr auto quiet_time = 4s;   // a router that has not answered by then is not just busy
constexpr auto told_after = 1s;   // the user hears of a broken connection that is not back by then

} // namespace

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

// ---- input

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

Ending run_relay(const Assignment& assignment) {
    try {
        return Relay(assignment).run();
    } catch (const ProtocolError& error) {
        throw FailureError({assignment.open.jail, "protocol", error.what(), assignment.protocol_mend});
    }
}

} // namespace shell
