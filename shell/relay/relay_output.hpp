// What a session prints, on its way to the user's output and error: made safe where that is wanted, and its
// credit given back as it is written.
#pragma once

#include "pty/escape.hpp"
#include "router/wire/frame.hpp"
#include "shell/relay/assignment.hpp"
#include "shell/relay/credit.hpp"
#include "shell/relay/outlet.hpp"
#include "shell/syntax/typed.hpp"

#include <asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace shell {

// What a stream's bytes become before they are shown, where they are not shown as they are.
struct StreamText {
    std::optional<TypedCommands> commands;  // made whole, where it is there
    std::optional<pty::EscapedLines> lines; // made safe for a terminal, where it is there
    size_t received = 0; // bytes whose credit has not been given back: the text has another length than they

    std::string take(std::string_view data) {
        received += data.size();
        std::string text = commands ? commands->take(data) : std::string(data);
        return lines ? lines->take(text) : text;
    }

    // What was held back.
    std::string finish() {
        std::string text = commands ? commands->finish() : std::string();
        return lines ? lines->take(text) + lines->finish() : text;
    }
};

class RelayOutput {
public:
    struct Events {
        std::function<void(wire::Stream stream, uint32_t bytes)> credit; // to be given back now
        std::function<void()> written;         // something that was kept; perhaps all
        std::function<void(int error)> failed; // of standard output, once
    };

    // Throws StepError.
    RelayOutput(asio::io_context& context, const Assignment& assignment, Events events);

    // False where it is more than there was credit for.
    bool deliver(wire::Stream stream, std::string_view data);

    // No more comes on it.
    void end(wire::Stream stream);

    // A new connection, whose other end has a full window again.
    void restart();

    // Everything that came has been written.
    [[nodiscard]] bool all_written() const { return output_.outlet.kept() == 0 && error_.outlet.kept() == 0; }

    // Bytes of standard output, or of the terminal, that have come since the beginning.
    [[nodiscard]] uint64_t total() const { return output_.window.total(); }

private:
    struct Lane {
        Lane(asio::io_context& context, int fd, Outlet::Events events)
            : outlet(context, fd, std::move(events)) {}
        Outlet outlet;
        ReceiveWindow window;
        std::optional<StreamText> text; // where it is not shown as it is
    };

    static std::optional<StreamText> text_of(const Assignment& assignment, wire::Stream stream, int fd);
    Outlet::Events events_of(wire::Stream stream);
    Lane& lane_of(wire::Stream stream) { return stream == wire::Stream::error ? error_ : output_; }
    void written(wire::Stream stream, size_t bytes);

    Events events_;
    bool terminal_;
    Lane output_;
    Lane error_;
};

} // namespace shell
