#include "jailcore/freebsd/starter/jail8.hpp"

#include "jailcore/freebsd/starter/told_to_end.hpp"
#include "jailcore/process_handle.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/spawn.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace jailcore {
namespace {

constexpr const char* program = "/usr/sbin/jail";

std::vector<std::string> own_environment() {
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry)
        entries.emplace_back(*entry);
    return entries;
}

// A user who has gone away does not end what he started.
void print(int fd, std::string_view text) {
    try {
        pty::write_all(fd, text, "output");
    } catch (const pty::StepError&) {
    }
}

// From one of its outputs to ours: what there is. False at the end.
bool pass_on(int from, int to, Relay& relay) {
    std::array<char, 16384> buffer{};
    for (;;) {
        ssize_t size = ::read(from, buffer.data(), buffer.size());
        if (size == -1)
            return errno == EAGAIN || errno == EINTR;
        if (size == 0)
            return false;
        print(to, relay.take({buffer.data(), static_cast<size_t>(size)}));
    }
}

} // namespace

// Its input is used up when it begins with what it is to do, and all that a command inherits is the end of a
// pipe: none of them, in the jail least of all, reads what is configured.
bool Jail8::run(std::vector<std::string> action, std::string_view text) {
    pty::Pipe input = pty::make_pipe(), output = pty::make_pipe(), error = pty::make_pipe();
    pty::Spawn what{-1, {program}, own_environment(), {}};
    for (std::string& word : action)
        what.argv.push_back(std::move(word));
    for (const char* word : {"-f", "-"})
        what.argv.emplace_back(word);
    what.argv.push_back(name_);
    what.fds = {input.read.get(), output.write.get(), error.write.get()};
    pid_t jail = pty::spawn(what);
    input.read.reset();
    output.write.reset();
    error.write.reset();
    try {
        pty::write_all(input.write.get(), text, program);
    } catch (const pty::StepError& failure) {
        if (failure.error() != EPIPE)
            throw;
    }
    input.write.reset();
    relay(jail, output.read.get(), error.read.get());
    int status = pty::wait_for_end(jail);
    if (WIFSIGNALED(status))
        output_.warn(std::string("jail(8): exited on signal ") + std::to_string(WTERMSIG(status)));
    return steps_back && WIFEXITED(status) ? !complained_ : status == 0;
}

// What goes on in the background may hold its outputs for ever: its end is what counts, with all that it has
// printed before that.
void Jail8::relay(pid_t jail, int output, int error) {
    constexpr int look_again = 50; // milliseconds, for a hook to kill
    Relay news_relay(name_ + ": ", [this](std::string_view line) {
        return news(line);
    });
    Relay complaints("jail: ", [this](std::string_view line) {
        return complaint(line);
    });
    for (int fd : {output, error})
        pty::check(::fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl", program);
    ProcessHandle process(jail);
    bool more = true, more_errors = true;
    for (bool ended = false; !ended;) {
        pollfd fds[]{{process.end(), POLLIN, 0},
                     {more ? output : -1, POLLIN, 0},
                     {more_errors ? error : -1, POLLIN, 0}};
        ::poll(fds, 3, look_again);
        ended = process.has_ended();
        if (!ended && is_told_to_end())
            kill_hooks(jail);
        more = more && pass_on(output, STDOUT_FILENO, news_relay);
        more_errors = more_errors && pass_on(error, STDERR_FILENO, complaints);
    }
    print(STDOUT_FILENO, news_relay.finish());
    print(STDERR_FILENO, complaints.finish());
}

std::string Jail8::news(std::string_view line) {
    News found = news_of(line);
    if (on_news)
        on_news(found);
    bool shown = verbose_ || (found != News::detail && found != News::ending);
    return shown && !silent ? name_ + ": " + std::string(line) : "";
}

std::string Jail8::complaint(std::string_view line) {
    if (steps_back && news_of(line) == News::unmounted)
        return "";
    complained_ = true;
    return std::string(line);
}

} // namespace jailcore
