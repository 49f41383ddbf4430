#include "shell/screen/painter.hpp"

#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/spawn.hpp"
#include "router/sandbox/computing.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace top {
namespace {

constexpr size_t most = size_t{16} << 20;

struct Request {
    int32_t rows;
    int32_t columns;
    uint32_t size; // of the output that follows
};

// ---- in the process

bool read_all_of(int fd, void* into, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t got = ::read(fd, static_cast<char*>(into) + done, size - done);
        if (got <= 0)
            return false;
        done += static_cast<size_t>(got);
    }
    return true;
}

void paint_what_is_asked(int channel) {
    Request request{};
    while (read_all_of(channel, &request, sizeof request)) {
        std::string output(request.size, '\0');
        if (!read_all_of(channel, output.data(), output.size()))
            return;
        Preview preview(request.rows, request.columns);
        preview.feed(output);
        std::string packed = preview.picture().pack();
        auto size = static_cast<uint32_t>(packed.size());
        pty::write_all(channel, {reinterpret_cast<const char*>(&size), sizeof size}, "picture");
        pty::write_all(channel, packed, "picture");
    }
}

// The limit is the hard one, whose SIGKILL nothing blocks. It is of all that one process paints: a used one
// is replaced.
[[noreturn]] void be_painter(int channel) {
    constexpr rlimit none{0, 0};
    constexpr rlimit a_second{1, 1};
    ::setrlimit(RLIMIT_CORE, &none);
    ::setrlimit(RLIMIT_CPU, &a_second);
    if (channel > 0)
        ::close_range(0, static_cast<unsigned>(channel) - 1, 0);
    ::close_range(static_cast<unsigned>(channel) + 1, ~0U, 0);
    try {
        sandbox::enter_computing_sandbox(channel);
        paint_what_is_asked(channel);
    } catch (const std::exception&) {
        ::_exit(EXIT_FAILURE);
    }
    ::_exit(EXIT_SUCCESS);
}

} // namespace

Painter::~Painter() {
    end();
}

void Painter::paint(int rows, int columns, std::string_view output) {
    output = output.substr(0, most);
    Request request{rows, columns, static_cast<uint32_t>(output.size())};
    request_.assign(reinterpret_cast<const char*>(&request), sizeof request);
    request_.append(output);
    picture_.reset();
    sent_ = 0;
    busy_ = true;
    if (pid_ < 0)
        start();
    send();
}

short Painter::events() const {
    return static_cast<short>(sent_ < request_.size() ? POLLIN | POLLOUT : POLLIN);
}

void Painter::work() {
    if (busy_)
        send();
    if (busy_)
        receive();
}

void Painter::start() {
    std::array<int, 2> pair{};
    pty::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), "socketpair", "picture");
    pty::UniqueFd ours(pair[0]);
    pty::UniqueFd theirs(pair[1]);
    // The handlers of this process, those of ncurses among them, are not for the copy.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    pid_ = ::fork();
    if (pid_ == 0)
        be_painter(theirs.get());
    int error = errno;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (pid_ < 0)
        throw pty::StepError(error, "fork", "picture");
    channel_ = std::move(ours);
    proved_ = false;
}

void Painter::end() {
    channel_.reset();
    answer_.clear();
    if (pid_ < 0)
        return;
    ::kill(pid_, SIGKILL);
    pty::wait_for_end(std::exchange(pid_, -1));
}

void Painter::send() {
    while (sent_ < request_.size()) {
        ssize_t size = ::send(channel_.get(), request_.data() + sent_, request_.size() - sent_,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0 && errno == EAGAIN)
            return;
        if (size < 0)
            return fail();
        sent_ += static_cast<size_t>(size);
    }
}

void Painter::receive() {
    std::array<char, 65536> buffer;
    for (;;) {
        ssize_t size = ::recv(channel_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (size <= 0 || answer_.size() > most)
            return fail();
        answer_.append(buffer.data(), static_cast<size_t>(size));
    }
    take_answer();
}

void Painter::take_answer() {
    uint32_t size = 0;
    if (answer_.size() < sizeof size)
        return;
    std::memcpy(&size, answer_.data(), sizeof size);
    if (answer_.size() < sizeof size + size)
        return;
    picture_ = unpack_picture(std::string_view(answer_).substr(sizeof size));
    answer_.clear();
    if (!picture_)
        return fail();
    proved_ = true;
    busy_ = false;
}

// One that has painted before may have used up its time: a fresh one tries once.
void Painter::fail() {
    bool again = proved_;
    end();
    sent_ = 0;
    busy_ = again;
    if (!again)
        return;
    start();
    send();
}

} // namespace top
