#include "router/worker/pipe_session.hpp"

#include "pty/kernel.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <cerrno>
#include <utility>

namespace worker {
namespace {

using pty::EndOfOutput;
using Next = pty::EndOfOutput::Next;

constexpr size_t buffer_size = size_t{64} << 10;

} // namespace

PipeSession::PipeSession(asio::io_context& context, pty::UniqueFd input, pty::UniqueFd output,
                         pty::UniqueFd error)
    : input_(context, std::move(input)), sources_{Source(context, wire::Stream::output, std::move(output)),
                                                  Source(context, wire::Stream::error, std::move(error))} {}

void PipeSession::start() {
    for (Source& source : sources_)
        read_source(source);
}

void PipeSession::read_source(Source& source) {
    if (source.pipe.get() < 0 || source.closed || source.end.done() || source.begin < source.filled)
        return;
    auto now = EndOfOutput::Clock::now();
    if (source.buffer.empty())
        source.buffer.resize(buffer_size);
    ssize_t got = kernel::read(source.pipe.get(), source.buffer.data(), source.buffer.size());
    if (got > 0) {
        source.begin = 0;
        source.filled = static_cast<size_t>(got);
        source.end.data(now);
        source.end.blocked(now);
        tell_output_ready();
        return; // consumed() goes on
    }
    if (got < 0 && errno == EAGAIN) {
        wait_for_more(source, source.end.drained(now));
        return;
    }
    source.closed = true;
    source.pipe.close();
    tell_output_ready();
}

void PipeSession::wait_for_more(Source& source, Next next) {
    if (source.end.done()) {
        tell_output_ready();
        return;
    }
    if (next == Next::timed) {
        source.timer.expires_at(source.end.due());
        source.timer.async_wait([session = self(), &source](asio::error_code error) {
            if (!error)
                session->wait_for_more(source, source.end.timeout(EndOfOutput::Clock::now()));
        });
    }
    source.pipe.when_readable([session = self(), &source] {
        source.timer.cancel();
        session->read_source(source);
    });
}

Output PipeSession::output(const Viewer& /*viewer*/, const Credit& credit) {
    for (Source& source : sources_) {
        size_t size = std::min(source.filled - source.begin, credit.of(source.stream));
        if (size > 0)
            return {source.stream, std::span<const char>(source.buffer).subspan(source.begin, size)};
    }
    return {};
}

void PipeSession::consumed(Viewer& /*viewer*/, wire::Stream stream, size_t bytes) {
    Source& source = sources_[stream == wire::Stream::output ? 0 : 1];
    source.begin += bytes;
    if (source.begin < source.filled)
        return;
    source.end.unblocked(EndOfOutput::Clock::now());
    // Not from here: whoever consumed is in the middle of writing.
    asio::post(source.timer.get_executor(), [session = self(), &source] {
        session->read_source(source);
    });
}

std::optional<wire::Stream> PipeSession::take_end() {
    for (Source& source : sources_)
        if (source.closed && source.begin == source.filled && !std::exchange(source.told, true))
            return source.stream;
    return std::nullopt;
}

// How much the program took. Where it reads no more the rest goes where a shell's pipe would have sent it,
// and the viewer's credit comes back so that he reaches his own end.
size_t PipeSession::write(std::span<const char> bytes) {
    size_t written = 0;
    while (written < bytes.size()) {
        ssize_t put = -1;
        if (input_.get() >= 0)
            put = kernel::write(input_.get(), bytes.data() + written, bytes.size() - written);
        if (put < 0 && (input_.get() < 0 || errno != EAGAIN)) {
            input_.close();
            return bytes.size();
        }
        if (put <= 0)
            break;
        written += static_cast<size_t>(put);
    }
    return written;
}

void PipeSession::taken(Viewer& viewer, size_t bytes) {
    viewer.input += bytes;
    if (!viewer.unsent.empty())
        input_.when_writable([session = self()] {
            session->write_unsent();
        });
    else if (viewer.input_ended)
        input_.close();
    if (bytes > 0)
        viewer.input_consumed(bytes);
}

void PipeSession::end_input(Viewer& viewer) {
    viewer.input_ended = true;
    taken(viewer, 0);
}

void PipeSession::resize(const pty::WindowSize& /*size*/) {} // pipes have no size

void PipeSession::exited(const wire::Exit& exit) {
    exit_ = exit;
    for (Source& source : sources_) {
        source.end.exited(EndOfOutput::Clock::now());
        read_source(source);
    }
    tell_output_ready();
}

std::optional<wire::Exit> PipeSession::finished(const Viewer& /*viewer*/) {
    bool over = std::ranges::all_of(sources_, &Source::over);
    return over ? exit_ : std::nullopt;
}

void PipeSession::close() {
    input_.close();
    for (Source& source : sources_) {
        source.timer.cancel();
        source.pipe.close();
    }
}

} // namespace worker
