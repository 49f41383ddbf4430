#include "shell/relay/relay_state.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace shell {

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

void Relay::take_credit(const wire::FramePiece& piece) {
    if (piece.header.stream != wire::Stream::input ||
        !input_.consumed(wire::decode_credit(piece.payload.first<4>())))
        throw ProtocolError("credit for bytes that were never sent");
}

void Relay::deliver(wire::Stream stream, std::string_view data) {
    if (terminal_)
        terminal_->watch(data);
    if (!output_.deliver(stream, data))
        throw ProtocolError("more data than there was credit for");
}

} // namespace shell
