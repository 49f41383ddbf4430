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

Connection::Connection(asio::io_context& context, Router& router, uint64_t number, pty::UniqueFd socket)
    : router_(router), number_(number), socket_(context, std::move(socket)), patience_(context) {}

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
    while (!bytes.empty() && phase_ != Phase::over) {
        if (phase_ == Phase::ending)
            return; // it may still be sending what it had begun; nothing of it matters
        if (header_have_ < wire::header_size) {
            size_t take = std::min(bytes.size(), wire::header_size - header_have_);
            std::copy_n(bytes.begin(), take, header_bytes_.begin() + static_cast<ptrdiff_t>(header_have_));
            header_have_ += take;
            bytes = bytes.subspan(take);
            if (header_have_ < wire::header_size || !begin_frame())
                continue;
        }
        size_t take = std::min(bytes.size(), payload_left_);
        payload_left_ -= take;
        take_payload(bytes.first(take));
        bytes = bytes.subspan(take);
        if (payload_left_ == 0 && phase_ != Phase::over)
            end_frame();
    }
}

// True where a payload has to come first; false where the frame is over already, or wrong.
bool Connection::begin_frame() {
    auto [header, error] = wire::decode_header(header_bytes_);
    if (error != wire::FrameError::none) {
        violation(wire::describe(error));
        return false;
    }
    header_ = header;
    payload_left_ = header.length;
    control_.clear();
    bool input = header.type == wire::FrameType::data || header.type == wire::FrameType::end;
    if (input && (phase_ != Phase::session && phase_ != Phase::opening)) {
        violation("data before a session is open");
        return false;
    }
    if (input && (header.stream != wire::Stream::input || input_ended_)) {
        violation("data on a stream that is not the client's, or after its end");
        return false;
    }
    if (header.type == wire::FrameType::data && header.length > input_credit_) {
        violation("more input than its credit allows");
        return false;
    }
    if (header.length == 0)
        end_frame();
    return header.length > 0;
}

void Connection::take_payload(std::span<const char> bytes) {
    if (header_.type == wire::FrameType::data)
        take_input(bytes);
    else
        control_.append(bytes.data(), bytes.size());
}

void Connection::end_frame() {
    header_have_ = 0;
    switch (header_.type) {
    case wire::FrameType::data:
        break;
    case wire::FrameType::end:
        input_ended_ = true;
        if (session_)
            session_->end_input();
        break;
    case wire::FrameType::credit: {
        uint32_t bytes = wire::decode_credit(std::span<const char, 4>(control_.data(), 4));
        size_t& credit = output_credit_[static_cast<size_t>(header_.stream)];
        if (header_.stream == wire::Stream::input ||
            bytes > wire::initial_credit - std::min<size_t>(credit, wire::initial_credit)) {
            violation("credit beyond the window");
            return;
        }
        credit += bytes;
        flush();
        break;
    }
    case wire::FrameType::control: {
        auto parsed = wire::parse_client_message(control_);
        if (parsed.message)
            take_control(*parsed.message);
        else
            violation("control message: " + parsed.problem);
        break;
    }
    }
    if (control_.capacity() > 4096)
        std::string().swap(control_);
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

void Connection::take_size(const pty::WindowSize& size) {
    if (session_)
        router_.resize(*this, size);
    else
        early_size_ = size;
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
    input_credit_ -= bytes.size();
    // What comes before the session is there waits in the queue that the credit bounds.
    if (session_)
        session_->input(bytes);
    else
        early_input_.append(bytes.data(), bytes.size());
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
    session_->set_client(weak_from_this());
    queued_ += wire::control_frame(greeting);
    deliver_early();
    flush();
}

void Connection::deliver_early() {
    if (early_size_)
        router_.resize(*this, *early_size_);
    if (!early_input_.empty())
        session_->input(std::exchange(early_input_, {}));
    if (input_ended_)
        session_->end_input();
    for (int signal : std::exchange(early_signals_, {}))
        router_.signal(*this, signal);
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

size_t Connection::credit(wire::Stream stream) const {
    return std::min(output_credit_[static_cast<size_t>(stream)], wire::max_data);
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
        data_ = session_->output();
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
        if (auto exit = session_->finished()) {
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
    message.msg_iovlen = count;
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
        output_credit_[static_cast<size_t>(data_.stream)] -= left;
        session_->consumed(data_.stream, left);
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
    data_ = {};
    router_.over(*this, delivered);
}

} // namespace worker
