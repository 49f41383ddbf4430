#include "shell/route/query.hpp"

#include "router/wire/frame_reader.hpp"
#include "shell/route/router_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <poll.h>
#include <span>
#include <string_view>
#include <sys/socket.h>

namespace shell {
namespace {

constexpr size_t longest_answer = size_t{4} << 20;

bool send_now(int socket, std::string_view frames) {
    return ::send(socket, frames.data(), frames.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(frames.size());
}

std::string_view view(const auto& bytes) {
    return {bytes.data(), bytes.size()};
}

// A pipe session without input.
std::string question(const wire::Open& request) {
    std::string frames =
        wire::control_frame(wire::ClientMessage(wire::Hello{wire::protocol_version, "jconsole"}));
    frames += wire::control_frame(wire::ClientMessage(request));
    frames += view(wire::encode_header({wire::FrameType::end, wire::Stream::input, 0}));
    return frames;
}

// What has come; nothing at the end of the connection, or of the time.
std::optional<std::span<const char>> receive(int socket, std::span<char> buffer, Deadline deadline) {
    pollfd ready{socket, POLLIN, 0};
    int left = milliseconds_left(deadline);
    if (left == 0 || (::poll(&ready, 1, left) == -1 && errno != EINTR))
        return std::nullopt;
    ssize_t got = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got == 0 || (got == -1 && errno != EAGAIN && errno != EINTR))
        return std::nullopt;
    return buffer.first(static_cast<size_t>(std::max<ssize_t>(got, 0)));
}

class Answer {
public:
    enum class State { unfinished, whole, none };

    explicit Answer(int socket) : socket_(socket) {}

    State take(std::span<const char> received) {
        State state = State::unfinished;
        while (state == State::unfinished) {
            auto piece = frames_.next(received);
            if (!piece)
                return frames_.error() == wire::FrameError::none ? state : State::none;
            state = take_piece(piece->header, {piece->payload.data(), piece->payload.size()});
        }
        return state;
    }

    std::string text;

private:
    State take_piece(const wire::FrameHeader& header, std::string_view payload) {
        if (header.type == wire::FrameType::control)
            return take_message(payload);
        if (header.type != wire::FrameType::data)
            return State::unfinished;
        if (header.stream == wire::Stream::output)
            text.append(payload);
        // Not sent where the router has closed already: then what is left to read says how it ended.
        send_now(socket_, view(wire::credit_frame(header.stream, static_cast<uint32_t>(payload.size()))));
        return text.size() <= longest_answer ? State::unfinished : State::none;
    }

    static State take_message(std::string_view payload) {
        auto message = wire::parse_router_message(payload).message;
        if (!message || std::holds_alternative<wire::Error>(*message))
            return State::none;
        const auto* exit = std::get_if<wire::Exit>(&*message);
        if (exit == nullptr)
            return State::unfinished;
        return exit->status == 0 ? State::whole : State::none;
    }

    int socket_;
    wire::FrameReader frames_;
};

} // namespace

int milliseconds_left(Deadline deadline) {
    auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::max<decltype(left)>(left, 0));
}

std::optional<std::string> query(const RouterAddress& address, const wire::Open& request, Deadline deadline) {
    try {
        trust_directory(address);
        pty::UniqueFd socket =
            connect_listening(address, std::chrono::milliseconds(milliseconds_left(deadline)));
        if (!socket || !send_now(socket.get(), question(request)))
            return std::nullopt;
        Answer answer(socket.get());
        std::array<char, 65536> buffer;
        while (auto received = receive(socket.get(), buffer, deadline)) {
            Answer::State state = answer.take(*received);
            if (state == Answer::State::whole)
                return std::move(answer.text);
            if (state == Answer::State::none)
                return std::nullopt;
        }
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): a question has an answer or it has none
    }
    return std::nullopt;
}

} // namespace shell
