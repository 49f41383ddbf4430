#include "router/worker/terminal_session.hpp"

#include "pty/kernel.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <cerrno>

namespace worker {
namespace {

using pty::EndOfOutput;
using Next = pty::EndOfOutput::Next;

// One turn reads this much before the client gets it: enough for few and large frames, little enough that the
// client works while the next turn reads.
constexpr size_t turn = size_t{32} << 10;
// A read that brought less has emptied the terminal; trying again would nearly always be EAGAIN.
constexpr size_t short_read = 1024;
// Between two looks at who reads, once the client's input has ended.
constexpr std::chrono::milliseconds shortest_pause{2};
constexpr std::chrono::milliseconds longest_pause{500};

} // namespace

TerminalSession::TerminalSession(asio::io_context& context, pty::UniqueFd master, pty::UniqueFd ring)
    : master_(context, std::move(master)), ring_fd_(std::move(ring)), ring_(ring_fd_.get()),
      kept_from_(ring_.tail()), end_timer_(context), retry_timer_(context), typed_end_timer_(context) {}

void TerminalSession::show_to(const std::shared_ptr<Viewer>& viewer) {
    Session::show_to(viewer);
    read_on();
}

void TerminalSession::start() {
    read_master();
}

void TerminalSession::read_master() {
    if (master_.get() < 0 || end_.done())
        return;
    uint64_t start = ring_.head();
    Next next = Next::read;
    while (next == Next::read && !full_ && ring_.head() - start < turn) {
        uint64_t before = ring_.head();
        next = read_once();
        uint64_t got = ring_.head() - before;
        if (got > 0 && got < short_read)
            break;
    }
    if (ring_.head() != start || end_.done())
        tell_output_ready();
    if (ring_.head() != start)
        type_end_soon(); // a program that prints may have begun to read
    wait_for_more(next);
}

// What lies behind it is still to be sent.
uint64_t TerminalSession::slowest() const {
    auto viewer = this->viewer();
    return viewer ? viewer->cursor : std::max(kept_from_, ring_.tail());
}

Next TerminalSession::read_once() {
    auto room = ring_.room(slowest());
    auto now = EndOfOutput::Clock::now();
    if (room.empty()) {
        full_ = true;
        end_.blocked(now);
        return Next::wait;
    }
    ssize_t got = kernel::read(master_.get(), room.data(), room.size());
    if (got > 0) {
        ring_.publish(static_cast<size_t>(got));
        return end_.data(now);
    }
    return got < 0 && errno == EAGAIN ? end_.drained(now) : end_.hangup(now);
}

void TerminalSession::wait_for_more(Next next) {
    if (full_ || end_.done())
        return;
    if (next == Next::timed || next == Next::hung) {
        end_timer_.expires_at(end_.due());
        end_timer_.async_wait([session = self()](asio::error_code error) {
            if (error || session->end_.done())
                return;
            Next after = session->end_.timeout(EndOfOutput::Clock::now());
            if (session->end_.done())
                session->tell_output_ready();
            else if (after == Next::read)
                session->read_master();
            else
                session->wait_for_more(after);
        });
    }
    if (next == Next::hung)
        return;
    master_.when_readable([session = self()] {
        session->end_timer_.cancel();
        session->read_master();
    });
}

Output TerminalSession::output(const Viewer& viewer, const Credit& credit) {
    auto bytes = ring_.from(viewer.cursor);
    return {wire::Stream::output, bytes.first(std::min(bytes.size(), credit.output))};
}

void TerminalSession::consumed(Viewer& viewer, wire::Stream /*stream*/, size_t bytes) {
    viewer.cursor += bytes;
    read_on();
}

// Where there was no room, and is now.
void TerminalSession::read_on() {
    if (!full_ || ring_.room(slowest()).size() < wire::Ring::window)
        return;
    full_ = false;
    end_.unblocked(EndOfOutput::Clock::now());
    // Not from here: whoever consumed is in the middle of writing.
    asio::post(end_timer_.get_executor(), [session = self()] {
        session->read_master();
    });
}

bool TerminalSession::resume(Viewer& viewer, uint64_t received) const {
    if (received < ring_.tail() || received > ring_.head())
        return false;
    viewer.cursor = received;
    viewer.input = ring_.input();
    return true;
}

std::string TerminalSession::latest() const {
    constexpr uint64_t most = uint64_t{64} << 10;
    uint64_t head = ring_.head();
    auto bytes = ring_.from(std::max(ring_.tail(), head > most ? head - most : 0));
    return {bytes.begin(), bytes.end()};
}

// How much the terminal took. Where it has hung up nobody will ever read the rest.
size_t TerminalSession::write(std::span<const char> bytes) {
    size_t written = 0;
    while (written < bytes.size() && master_.get() >= 0) {
        ssize_t put = kernel::write(master_.get(), bytes.data() + written, bytes.size() - written);
        if (put < 0 && errno != EAGAIN)
            return bytes.size();
        if (put <= 0)
            break;
        written += static_cast<size_t>(put);
    }
    return written;
}

void TerminalSession::taken(Viewer& viewer, size_t bytes) {
    ring_.add_input(bytes);
    viewer.input += bytes;
    if (viewer.unsent.empty())
        type_end_soon();
    else
        wait_for_room();
    if (bytes > 0)
        viewer.input_consumed(bytes);
}

void TerminalSession::wait_for_room() {
    master_.when_writable([session = self()] {
        session->retry_timer_.cancel();
        session->write_unsent();
    });
    // A full input queue makes write(2) say EAGAIN, and the room that a reader makes is not always announced
    // (drivers/tty/n_tty.c unthrottles by thresholds); so look again now and then for as long as input waits.
    retry_timer_.expires_after(std::chrono::milliseconds(20));
    retry_timer_.async_wait([session = self()](asio::error_code error) {
        if (!error)
            session->write_unsent();
    });
}

void TerminalSession::end_input(Viewer& viewer) {
    viewer.input_ended = true;
    typed_end_pause_ = shortest_pause;
    type_end();
}

// Nothing tells of a change of the terminal's mode, or of a read: so it is looked at, soon after whatever may
// have caused one and seldom where nothing happens.
void TerminalSession::type_end() {
    auto viewer = this->viewer();
    if (!viewer || !viewer->input_ended || exit_ || master_.get() < 0 || end_.done())
        return;
    std::string keys;
    if (viewer->unsent.empty())
        keys = typed_end_.due(master_.get(), ring_.head(), TypedEnd::Clock::now());
    if (!keys.empty() && kernel::write(master_.get(), keys.data(), keys.size()) > 0)
        typed_end_pause_ = shortest_pause;
    typed_end_timer_.expires_after(typed_end_pause_);
    typed_end_pause_ = std::min(2 * typed_end_pause_, longest_pause);
    typed_end_timer_.async_wait([session = self()](asio::error_code error) {
        if (!error)
            session->type_end();
    });
}

void TerminalSession::type_end_soon() {
    auto viewer = this->viewer();
    if (!viewer || !viewer->input_ended)
        return;
    typed_end_pause_ = shortest_pause;
    if (typed_end_timer_.expiry() > asio::steady_timer::clock_type::now() + shortest_pause)
        type_end();
}

void TerminalSession::resize(const pty::WindowSize& size) {
    winsize kernel_size{size.rows, size.columns, size.x_pixels, size.y_pixels};
    if (master_.get() >= 0)
        kernel::set_window_size(master_.get(), &kernel_size);
}

void TerminalSession::signal(int number) {
    if (master_.get() >= 0)
        kernel::signal_foreground(master_.get(), number);
}

void TerminalSession::exited(const wire::Exit& exit) {
    exit_ = exit;
    end_.exited(EndOfOutput::Clock::now());
    read_master();
}

std::optional<wire::Exit> TerminalSession::finished(const Viewer& viewer) {
    return end_.done() && viewer.cursor == ring_.head() ? exit_ : std::nullopt;
}

void TerminalSession::close() {
    end_timer_.cancel();
    retry_timer_.cancel();
    typed_end_timer_.cancel();
    master_.close();
}

} // namespace worker
