#include "shell/relay.hpp"

#include "shell/channel.hpp"
#include "shell/connection.hpp"
#include "shell/credit.hpp"
#include "shell/local_terminal.hpp"
#include "shell/outlet.hpp"
#include "shell/relay_signals.hpp"
#include "shell/stream_text.hpp"

#include <algorithm>
#include <asio.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <sys/stat.h>
#include <utility>

namespace shell {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int most_greetings = 5; // connections that end before the router's hello
constexpr auto quiet_time = 4s;   // a router that has not answered by then is not just busy
constexpr auto told_after = 1s;   // the user hears of a broken connection that is not back by then

bool changes_jails(std::string_view verb) {
    return verb == "start" || verb == "stop" || verb == "restart" || verb == "kill";
}

bool is_file(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

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
    void handle(const Frame& frame);
    void handle_control(std::string_view payload);
    void deliver(wire::Stream stream, std::string_view data);
    void end_stream(wire::Stream stream);
    void take_credit(const Frame& frame);
    void on(const wire::Hello& hello);
    void on(const wire::Opened& opened);
    void on(const wire::Resumed& resumed);
    void on(const wire::Exit& exit);
    void on(const wire::Error& error);
    void lose_pipes();
    [[noreturn]] void lose(std::string cause, std::string mend);
    void tell_once_of_loss();

    // Input.
    void continue_input();
    asio::awaitable<void> read_input();
    void end_input(int error);
    void send_data(std::string_view data);

    // Output.
    void show_as_text(wire::Stream stream, int fd);
    Outlet::Events events_of(wire::Stream stream);
    void written(wire::Stream stream, size_t bytes);
    Outlet& outlet_of(wire::Stream stream);
    size_t settle(wire::Stream stream, size_t written);
    void output_failed(wire::Stream stream, int error);
    ReceiveWindow& window_of(wire::Stream stream);

    // Terminal and signals.
    asio::awaitable<void> watch_signals();
    void on_signal(int signal);
    void enter_raw();
    void send_size_if_changed();

    void finish(Ending ending);
    void stop_when_written();
    void spawn(asio::awaitable<void> coroutine);

    const Assignment& assignment_;
    std::string request_; // the frame that follows hello
    asio::io_context context_{1};
    asio::signal_set signals_{context_};
    Channel input_;
    Outlet output_;
    Outlet error_;
    std::optional<LocalTerminal> terminal_; // nothing: the session has pipes

    std::shared_ptr<Connection> connection_;
    bool greeted_ = false; // on this connection
    Clock::time_point greeting_since_ = Clock::now();
    bool running_ = false; // data may pass
    int greetings_ = 0;
    std::optional<wire::Opened> opened_;
    std::optional<Clock::time_point> broken_since_;
    bool told_ = false;

    SendWindow sent_;
    ReceiveWindow output_window_;
    ReceiveWindow error_window_;
    std::map<wire::Stream, StreamText> texts_; // of those that are not shown as they are
    std::unique_ptr<char[]> input_buffer_;
    // What is read is lost to whoever shares standard input with us: a loop over a list, or the shell that a
    // line was pasted to. So a verb of the router reads none of it.
    const bool takes_input_;
    bool reading_ = false;
    bool input_ended_ = false;
    Insistence insistence_;
    bool interrupted_ = false; // a signal has been passed on
    std::optional<Ending> ending_;
};

Relay::Relay(const Assignment& assignment)
    : assignment_(assignment), request_(wire::control_frame(wire::ClientMessage(assignment.open))),
      input_(context_, assignment.input, Direction::read),
      output_(context_, assignment.output, events_of(wire::Stream::output)),
      error_(context_, assignment.error, events_of(wire::Stream::error)),
      input_buffer_(std::make_unique_for_overwrite<char[]>(wire::max_data)),
      takes_input_(assignment.open.verb == "console") {
    if (assignment.open.terminal)
        terminal_.emplace(assignment.input, assignment.output, *assignment.open.terminal);
    for (auto [stream, fd] :
         {std::pair(wire::Stream::output, assignment.output), {wire::Stream::error, assignment.error}})
        show_as_text(stream, fd);
}

// Of a console all is the program's own.
void Relay::show_as_text(wire::Stream stream, int fd) {
    bool has_commands =
        stream == wire::Stream::error && assignment_.open.verb != "console" && assignment_.commands;
    bool is_escaped = assignment_.escaped && !is_file(fd);
    if (!has_commands && !is_escaped)
        return;
    StreamText& text = texts_[stream];
    if (has_commands)
        text.commands = assignment_.commands;
    if (is_escaped)
        text.lines.emplace();
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
    context_.run_for(quiet_time);
    while (!greeted_ && !ending_ && Clock::now() < greeting_since_ + quiet_time)
        context_.run_until(greeting_since_ + quiet_time);
    if (!greeted_ && !ending_)
        print_line(error_line({assignment_.open.jail, "connection", assignment_.quiet, "^C ends the wait"}));
}

void Relay::spawn(asio::awaitable<void> coroutine) {
    asio::co_spawn(context_, std::move(coroutine), [](const std::exception_ptr& error) {
        if (error)
            std::rethrow_exception(error); // out of run()
    });
}

void Relay::finish(Ending ending) {
    ending_ = std::move(ending);
    context_.stop();
}

// ---- the connection

asio::awaitable<void> Relay::converse() {
    greet(connect());
    for (;;) {
        co_await receive_frames();
        if (ending_)
            co_return;
        co_await reconnect();
        if (ending_)
            co_return;
    }
}

asio::awaitable<void> Relay::receive_frames() {
    while (co_await connection_->receive()) {
        while (auto frame = connection_->next()) {
            handle(*frame);
            if (ending_)
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
        continue_input();
    });
    greeted_ = false;
    greeting_since_ = Clock::now();
    output_window_.restart(output_.kept());
    error_window_.restart(error_.kept());
    if (opened_)
        request_ = wire::control_frame(
            wire::ClientMessage(wire::Resume{opened_->session, opened_->token, output_window_.total()}));
    connection_->send(
        wire::control_frame(wire::ClientMessage(wire::Hello{wire::protocol_version, "jconsole"})) + request_);
}

asio::awaitable<void> Relay::reconnect() {
    running_ = false;
    connection_->close();
    if (assignment_.ended)
        assignment_.ended(greeted_);
    if (!opened_) {
        // A router that ends when it has nothing to do may have been doing so.
        if (greeted_ || ++greetings_ >= most_greetings)
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
    if (open.verb == "console")
        ending_ = Failure{open.jail, "connection", assignment_.peer + " closed the connection",
                          "the session has ended with it"};
    else
        ending_ = Failure{open.jail, open.verb, assignment_.broken + " before this was done",
                          assignment_.broken_mend};
    stop_when_written();
}

void Relay::lose(std::string cause, std::string mend) {
    throw FailureError({assignment_.open.jail, "connection", std::move(cause), std::move(mend)});
}

void Relay::handle(const Frame& frame) {
    if (frame.header.type == wire::FrameType::control)
        return handle_control(frame.payload);
    if (!running_)
        throw ProtocolError("data before the session is open");
    if (frame.header.type == wire::FrameType::credit)
        return take_credit(frame);
    if (frame.header.stream == wire::Stream::input ||
        (terminal_ && frame.header.stream == wire::Stream::error))
        throw ProtocolError("data on a stream that does not come from the router");
    if (frame.header.type == wire::FrameType::data)
        deliver(frame.header.stream, frame.payload);
    else
        end_stream(frame.header.stream);
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
    greeted_ = true;
}

void Relay::on(const wire::Opened& opened) {
    if (!greeted_ || opened_)
        throw ProtocolError("a session opened that was not asked for");
    opened_ = opened;
    running_ = true;
    for (const std::string& notice : opened.notices)
        print_line(error_line({assignment_.open.jail,
                               {},
                               assignment_.commands ? assignment_.commands->all(notice) : notice,
                               {}}));
    if (!takes_input_)
        end_input(0);
    enter_raw();
    continue_input();
}

void Relay::on(const wire::Resumed& resumed) {
    if (!greeted_ || !broken_since_ || running_ || !sent_.resume(resumed.input))
        throw ProtocolError("the session cannot go on from where the router says");
    running_ = true;
    told_ = false;
    broken_since_.reset();
    if (!sent_.pending().empty())
        send_data(sent_.pending());
    if (input_ended_)
        end_input(0);
    enter_raw();
    continue_input();
}

void Relay::on(const wire::Exit& exit) {
    constexpr int signalled = 128;
    constexpr int status_mask = 0xFF; // what a parent process can see
    int status = exit.signal ? signalled + *exit.signal : exit.status.value_or(own_error);
    status &= status_mask;
    // A program of the user's may end so; a helper that does a verb's work had no chance to say why.
    const std::string& verb = assignment_.open.verb;
    if (!exit.reason.empty())
        ending_ = Failure{assignment_.open.jail, {}, exit.reason, {}, status};
    else if (!exit.signal || verb == "console")
        ending_ = ExitStatus{status};
    else if (!interrupted_)
        ending_ = Failure{
            {}, verb, "its helper was ended by signal " + std::to_string(*exit.signal), "try again", status};
    else if (changes_jails(verb))
        ending_ = Failure{{},
                          verb,
                          "interrupted by signal " + std::to_string(*exit.signal),
                          "'jconsole ls' lists what runs",
                          status};
    else
        ending_ = LocalSignal{*exit.signal};
    stop_when_written();
}

void Relay::on(const wire::Error& error) {
    ending_ = Failure{error.jail, error.step, error.cause, error.mend, error.code};
    stop_when_written();
}

// ---- input

void Relay::take_credit(const Frame& frame) {
    if (frame.header.stream != wire::Stream::input ||
        !sent_.consumed(wire::decode_credit(std::span<const char, 4>(frame.payload.data(), 4))))
        throw ProtocolError("credit for bytes that were never sent");
    continue_input();
}

// Reads on wherever there is credit, and nothing read before still waits to be sent.
void Relay::continue_input() {
    if (running_ && !reading_ && !input_ended_ && sent_.room() > 0 && connection_->idle()) {
        reading_ = true;
        spawn(read_input());
    }
}

asio::awaitable<void> Relay::read_input() {
    while (running_ && sent_.room() > 0 && connection_->idle()) {
        std::span<char> space(input_buffer_.get(), std::min(sent_.room(), wire::max_data));
        Transfer transfer = co_await input_.read(space);
        if (transfer.size == 0) {
            end_input(transfer.error);
            break;
        }
        std::string_view data(space.data(), transfer.size);
        sent_.sent(data);
        if (running_) // otherwise it is sent when the session is resumed
            send_data(data);
    }
    reading_ = false;
}

void Relay::send_data(std::string_view data) {
    auto header =
        wire::encode_header({wire::FrameType::data, wire::Stream::input, static_cast<uint32_t>(data.size())});
    connection_->send(std::string(header.begin(), header.end()).append(data));
}

void Relay::end_input(int error) {
    input_ended_ = true;
    if (terminal_ && terminal_->typed()) { // a raw terminal has no other end than a hangup
        finish(LocalSignal{SIGHUP});
        return;
    }
    if (error != 0)
        print_line(error_line({assignment_.open.jail, "standard input", std::strerror(error), {}}));
    auto header = wire::encode_header({wire::FrameType::end, wire::Stream::input, 0});
    if (running_)
        connection_->send({header.data(), header.size()});
}

// ---- output

ReceiveWindow& Relay::window_of(wire::Stream stream) {
    return stream == wire::Stream::output ? output_window_ : error_window_;
}

void Relay::deliver(wire::Stream stream, std::string_view data) {
    if (!window_of(stream).received(data.size()))
        throw ProtocolError("more data than there was credit for");
    if (terminal_)
        terminal_->watch(data);
    auto text = texts_.find(stream);
    if (text == texts_.end())
        return outlet_of(stream).write(data);
    outlet_of(stream).write(text->second.take(data));
}

// How much of what was received has been written now, where that is what the outlet has `written`.
size_t Relay::settle(wire::Stream stream, size_t written) {
    auto text = texts_.find(stream);
    if (text == texts_.end())
        return written;
    return outlet_of(stream).kept() == 0 ? std::exchange(text->second.received, 0) : 0;
}

Outlet& Relay::outlet_of(wire::Stream stream) {
    return stream == wire::Stream::output ? output_ : error_;
}

void Relay::end_stream(wire::Stream stream) {
    if (auto text = texts_.find(stream); text != texts_.end())
        outlet_of(stream).write(text->second.finish());
    // Standard error stays open for what this program itself has to say.
    if (stream == wire::Stream::output && !terminal_)
        output_.end();
}

Outlet::Events Relay::events_of(wire::Stream stream) {
    return {[this, stream](size_t bytes) {
                written(stream, bytes);
            },
            [this, stream](int error) {
                output_failed(stream, error);
            }};
}

void Relay::written(wire::Stream stream, size_t bytes) {
    uint32_t credit = window_of(stream).consumed(settle(stream, bytes));
    if (credit > 0 && running_) {
        auto frame = wire::credit_frame(stream, credit);
        connection_->send({frame.data(), frame.size()});
    }
    stop_when_written();
}

void Relay::output_failed(wire::Stream stream, int error) {
    if (stream == wire::Stream::error)
        return;
    if (assignment_.output_failed)
        assignment_.output_failed(error);
    else if (error == EPIPE)
        finish(LocalSignal{SIGPIPE});
    else if (error == EIO && terminal_)
        finish(LocalSignal{SIGHUP});
    else
        finish(Failure{assignment_.open.jail, "standard output", std::strerror(error), {}});
}

// Everything that came before the end has been written first, however slow the reader is.
void Relay::stop_when_written() {
    if (ending_ && output_.kept() == 0 && error_.kept() == 0)
        context_.stop();
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
        if (running_)
            enter_raw();
    } else if (signal == SIGWINCH) {
        send_size_if_changed();
    } else if (terminal_ || !running_ || insistence_.repeated(signal, Clock::now())) {
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
    if (!running_)
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
