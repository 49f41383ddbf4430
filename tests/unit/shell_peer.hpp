// The router's end of a connection for tests of the relay: scripted, blocking, in a thread of its own.
#pragma once

#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "router/wire/control.hpp"
#include "router/wire/frame.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <variant>

namespace shell_test {

struct PeerFrame {
    wire::FrameHeader header;
    std::string payload;
};

class Peer {
public:
    explicit Peer(pty::UniqueFd socket) : socket_(std::move(socket)) {}

    // Nothing at the end of the connection.
    std::optional<PeerFrame> next() {
        std::string bytes = take(wire::header_size);
        if (bytes.size() < wire::header_size)
            return std::nullopt;
        auto decoded =
            wire::decode_header(std::span<const char, wire::header_size>(bytes.data(), bytes.size()));
        if (decoded.error != wire::FrameError::none)
            throw std::runtime_error(std::string(wire::describe(decoded.error)));
        return PeerFrame{decoded.header, take(decoded.header.length)};
    }

    // The next control message, which must be a `Message`; frames of other types before it are dropped.
    template <class Message>
    Message expect() {
        while (auto frame = next()) {
            if (frame->header.type != wire::FrameType::control)
                continue;
            auto parsed = wire::parse_client_message(frame->payload);
            if (parsed.message && std::holds_alternative<Message>(*parsed.message))
                return std::get<Message>(*parsed.message);
            throw std::runtime_error("another message: " + frame->payload);
        }
        throw std::runtime_error("the connection ended");
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return; // the client has gone: what the test looks at is the client
            bytes.remove_prefix(static_cast<size_t>(sent));
        }
    }

    void send(const wire::RouterMessage& message) { send(wire::control_frame(message)); }

    void data(wire::Stream stream, std::string_view bytes) { frame(wire::FrameType::data, stream, bytes); }

    void frame(wire::FrameType type, wire::Stream stream, std::string_view payload) {
        auto header = wire::encode_header({type, stream, static_cast<uint32_t>(payload.size())});
        send(std::string(header.begin(), header.end()).append(payload));
    }

    void credit(uint32_t bytes) {
        auto frame = wire::credit_frame(wire::Stream::input, bytes);
        send(std::string_view(frame.data(), frame.size()));
    }

    // Takes hello and the request and opens the session.
    wire::Open open(std::string token = "") {
        expect<wire::Hello>();
        auto request = expect<wire::Open>();
        send(wire::Hello{wire::protocol_version, "test"});
        send(wire::Opened{"demo:1", std::move(token), {}});
        return request;
    }

    // Sends all of `bytes` on a stream, as far and as fast as the client's credit allows.
    void stream(wire::Stream stream, std::string_view bytes, size_t piece = wire::max_data) {
        size_t room = wire::initial_credit;
        while (!bytes.empty()) {
            while (room == 0) {
                auto frame = next();
                if (!frame)
                    return;
                if (frame->header.type == wire::FrameType::credit && frame->header.stream == stream)
                    room += wire::decode_credit(std::span<const char, 4>(frame->payload.data(), 4));
            }
            size_t size = std::min({bytes.size(), room, piece});
            data(stream, bytes.substr(0, size));
            bytes.remove_prefix(size);
            room -= size;
        }
    }

    void close() { socket_.reset(); }

private:
    std::string take(size_t size) {
        std::string bytes(size, '\0');
        size_t done = 0;
        while (done < size) {
            ssize_t got = ::recv(socket_.get(), bytes.data() + done, size - done, 0);
            if (got <= 0)
                break;
            done += static_cast<size_t>(got);
        }
        bytes.resize(done);
        return bytes;
    }

    pty::UniqueFd socket_;
};

} // namespace shell_test
