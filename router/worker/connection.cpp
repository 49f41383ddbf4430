#include "router/worker/connection.hpp"

#include "pty/kernel.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <sys/socket.h>
#include <utility>

namespace worker {
namespace {

constexpr std::chrono::seconds patience{10};
constexpr size_t least_progress = 8192; // of a request within that time; a usual one is smaller
// Credit goes back in steps: a key that is typed brings no frame of its own.
constexpr size_t credit_step = wire::initial_credit / 4;

constexpr std::pair<std::string_view, int> signals[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT},   {"KILL", SIGKILL},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"TERM", SIGTERM},   {"CONT", SIGCONT},
    {"STOP", SIGSTOP}, {"TSTP", SIGTSTP}, {"WINCH", SIGWINCH},
};

} // namespace

Connection::Connection(asio::io_context& context, Router& router, uint64_t number, wire::Principal principal,
                       pty::UniqueFd socket)
    : router_(router), number_(number), socket_(context, std::move(socket)), patience_(context),
      viewer_(std::make_shared<Viewer>()) {
    viewer_->principal = principal;
    viewer_->output_ready = [this] {
        flush();
    };
    viewer_->input_consumed = [this](size_t bytes) {
        input_consumed(bytes);
    };
}

void Connection::start() {
    await_request();
    read();
}

void Connection::await_request() {
    patience_.expires_after(patience);
    patience_.async_wait([weak = weak_from_this()](asio::error_code error) {
        auto connection = weak.lock();
        if (!error && connection && connection->phase_ < Phase::opening)
            connection->violation("no request came in time");
    });
}

// A large one over a slow link is on its way, and not a byte now and then.
void Connection::await_more(size_t bytes) {
    awaited_ += bytes;
    if (awaited_ < least_progress)
        return;
    awaited_ = 0;
    await_request();
}

// ---- what arrives

void Connection::read() {
    auto buffer = router_.read_buffer();
    ssize_t got = kernel::read(socket_.get(), buffer.data(), buffer.size());
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
        end(delivered_);
        return;
    }
    if (got > 0)
        parse(buffer.first(static_cast<size_t>(got)));
    if (got > 0 && phase_ < Phase::opening)
        await_more(static_cast<size_t>(got));
    socket_.when_readable([connection = shared_from_this()] {
        connection->read();
    });
}

void Connection::parse(std::span<const char> bytes) {
    // After that it may still be sending what it had begun; nothing of it matters.
    while (phase_ < Phase::ending) {
        auto piece = frames_.next(bytes);
        if (piece)
            take(*piece);
        else if (frames_.error() == wire::FrameError::none)
            return;
        else
            violation(wire::describe(frames_.error()));
    }
}

void Connection::take(const wire::FramePiece& piece) {
    switch (piece.header.type) {
    case wire::FrameType::data:
        if (may_send(piece))
            take_input(piece.payload);
        return;
    case wire::FrameType::end:
        if (may_send(piece))
            end_input();
        return;
    case wire::FrameType::credit:
        return take_credit(piece);
    case wire::FrameType::control: {
        auto parsed = wire::parse_client_message({piece.payload.data(), piece.payload.size()});
        if (parsed.message)
            take_control(*parsed.message);
        else
            violation("control message: " + parsed.problem);
        return;
    }
    }
}

// Input, or its end.
bool Connection::may_send(const wire::FramePiece& piece) {
    if (phase_ != Phase::session && phase_ != Phase::opening)
        violation("data before a session is open");
    else if (piece.header.stream != wire::Stream::input || viewer_->input_ended)
        violation("data on a stream that is not the client's, or after its end");
    else if (piece.first && piece.header.length > input_credit_)
        violation("more input than its credit allows");
    else
        return true;
    return false;
}

void Connection::take_credit(const wire::FramePiece& piece) {
    uint32_t bytes = wire::decode_credit(piece.payload.first<4>());
    if (piece.header.stream == wire::Stream::input ||
        bytes > wire::initial_credit - credit_.of(piece.header.stream))
        return violation("credit beyond the window");
    credit_.of(piece.header.stream) += bytes;
    flush();
}

void Connection::take_control(const wire::ClientMessage& message) {
    if (const auto* hello = std::get_if<wire::Hello>(&message); hello != nullptr && phase_ == Phase::hello) {
        if (hello->version != wire::protocol_version) {
            fail({"", "connect",
                  "the client speaks protocol version " + std::to_string(hello->version) + ", this router " +
                      std::to_string(wire::protocol_version),
                  hello->version > wire::protocol_version ? "restart the router, which is older"
                                                          : "use the client that came with this router",
                  255});
            return;
        }
        phase_ = Phase::open;
        queued_ += wire::control_frame(wire::RouterMessage(wire::Hello{wire::protocol_version, "jrouterd"}));
        return; // leaves together with the answer to what follows
    }
    if (const auto* open = std::get_if<wire::Open>(&message); open != nullptr && phase_ == Phase::open) {
        phase_ = Phase::opening;
        router_.open(*this, *open);
        return;
    }
    if (const auto* resume = std::get_if<wire::Resume>(&message);
        resume != nullptr && phase_ == Phase::open) {
        phase_ = Phase::opening;
        router_.resume(*this, *resume);
        return;
    }
    bool running = phase_ == Phase::session || phase_ == Phase::opening;
    if (const auto* resize = std::get_if<wire::Resize>(&message); resize != nullptr && running) {
        take_size(resize->size);
        return;
    }
    if (const auto* signal = std::get_if<wire::Signal>(&message); signal != nullptr && running) {
        take_signal(signal->name);
        return;
    }
    violation("control message out of order");
}

// What comes before the session is there waits at the viewer.
void Connection::take_size(const pty::WindowSize& size) {
    if (viewer_->role == Role::watcher)
        return;
    viewer_->size = size;
    if (session_)
        session_->resize(size);
}

void Connection::take_signal(std::string_view name) {
    const auto* known = std::ranges::find(signals, name, &std::pair<std::string_view, int>::first);
    if (known == std::end(signals))
        violation("unknown signal");
    else if (session_)
        router_.signal(*this, known->second);
    else if (std::ranges::find(early_signals_, known->second) == early_signals_.end())
        early_signals_.push_back(known->second);
}

void Connection::take_input(std::span<const char> bytes) {
    auto alive = viewer_; // what is consumed may end the connection
    input_credit_ -= bytes.size();
    if (viewer_->role == Role::watcher)
        input_consumed(bytes.size());
    else if (session_)
        session_->input(*alive, bytes);
    else
        viewer_->unsent.append(bytes.data(), bytes.size()); // the credit bounds it
}

void Connection::end_input() {
    auto alive = viewer_;
    viewer_->input_ended = true;
    if (session_)
        session_->end_input(*alive);
}

void Connection::violation(std::string_view what) {
    fail({"", "protocol", std::string(what), "use the client that came with this router", 255});
}

// ---- what leaves

void Connection::attach(uint32_t number, std::shared_ptr<Session> session,
                        const wire::RouterMessage& greeting) {
    patience_.cancel();
    phase_ = Phase::session;
    session_number_ = number;
    session_ = std::move(session);
    queued_ += wire::control_frame(greeting);
    auto alive = viewer_;
    if (alive->role == Role::watcher)
        input_consumed(std::exchange(alive->unsent, {}).size());
    session_->show_to(alive);
    for (int signal : std::exchange(early_signals_, {}))
        router_.signal(*this, signal);
    flush();
}

void Connection::give_way() {
    session_number_ = 0;
    end(false);
}

void Connection::fail(const wire::Error& error) {
    if (phase_ >= Phase::ending)
        return;
    phase_ = Phase::ending;
    patience_.cancel();
    queued_ += wire::control_frame(wire::RouterMessage(error));
    flush();
}

void Connection::input_consumed(size_t bytes) {
    input_owed_ += bytes;
    if (input_owed_ < credit_step)
        return;
    auto frame = wire::credit_frame(wire::Stream::input, static_cast<uint32_t>(input_owed_));
    queued_.append(frame.data(), frame.size());
    input_credit_ += std::exchange(input_owed_, 0);
    flush();
}

void Connection::flush() {
    // A session that is told of consumed output may have more at once, and calls back.
    if (flushing_ || phase_ == Phase::over)
        return;
    flushing_ = true;
    while (fill_next())
        if (!write_some())
            break;
    flushing_ = false;
}

// Makes sure that something is there to be written; false where nothing is.
bool Connection::fill_next() {
    if (phase_ == Phase::over)
        return false;
    if (!data_.bytes.empty() || data_header_left_ > 0)
        return true;
    if (phase_ == Phase::session) {
        data_ = session_->output(*viewer_, credit_);
        if (!data_.bytes.empty()) {
            data_header_ = wire::encode_header(
                {wire::FrameType::data, data_.stream, static_cast<uint32_t>(data_.bytes.size())});
            data_header_left_ = data_header_.size();
            return true;
        }
        while (auto stream = session_->take_end()) {
            auto header = wire::encode_header({wire::FrameType::end, *stream, 0});
            queued_.append(header.data(), header.size());
        }
        if (auto exit = session_->finished(*viewer_)) {
            queued_ += wire::control_frame(wire::RouterMessage(*exit));
            phase_ = Phase::ending;
            delivered_ = true;
        }
    }
    if (!queued_.empty())
        return true;
    if (phase_ == Phase::ending)
        end(delivered_);
    return false;
}

// One sendmsg of control frames, then data. False where the socket takes no more for now.
bool Connection::write_some() {
    // A data frame that has begun goes first: control frames may only stand between frames.
    bool begun = !data_.bytes.empty() && (data_header_left_ < data_header_.size());
    iovec parts[3];
    size_t count = 0;
    if (!begun && !queued_.empty())
        parts[count++] = {queued_.data(), queued_.size()};
    if (data_header_left_ > 0)
        parts[count++] = {data_header_.end() - data_header_left_, data_header_left_};
    if (!data_.bytes.empty())
        parts[count++] = {const_cast<char*>(data_.bytes.data()), data_.bytes.size()};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count); // int in POSIX, size_t on Linux
    ssize_t sent = kernel::sendmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (sent < 0) {
        if (errno == EAGAIN)
            socket_.when_writable([connection = shared_from_this()] {
                connection->flush();
            });
        else
            end(delivered_);
        return false;
    }
    auto left = static_cast<size_t>(sent);
    if (!begun) {
        size_t control = std::min(left, queued_.size());
        queued_.erase(0, control);
        left -= control;
    }
    size_t header = std::min(left, data_header_left_);
    data_header_left_ -= header;
    left -= header;
    if (left > 0) {
        data_.bytes = data_.bytes.subspan(left);
        credit_.of(data_.stream) -= left;
        session_->consumed(*viewer_, data_.stream, left);
    }
    return true;
}

void Connection::end(bool delivered) {
    if (phase_ == Phase::over)
        return;
    auto alive = shared_from_this();
    phase_ = Phase::over;
    patience_.cancel();
    socket_.close();
    session_.reset();
    viewer_.reset();
    data_ = {};
    router_.over(*this, delivered);
}

} // namespace worker
