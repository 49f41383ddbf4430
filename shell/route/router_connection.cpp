#include "shell/route/router_connection.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"
#include "pty/spawn.hpp"
#include "shell/report.hpp"
#include "shell/route/identity.hpp"
#include "shell/siblings.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace shell {
namespace {

constexpr const char* step_name = "connect to the router";
constexpr std::chrono::seconds told_after{2};
constexpr std::chrono::seconds patience_with_others{60};
constexpr int look_every = 10; // ms

[[noreturn]] void fail(std::string cause, std::string mend) {
    throw FailureError({{}, step_name, std::move(cause), std::move(mend)});
}

int connect_socket(int socket, const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::copy_n(path.data(), std::min(path.size(), sizeof name.sun_path - 1), name.sun_path);
    int result = 0;
    do
        result = ::connect(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name);
    while (result == -1 && errno == EINTR);
    return result;
}

timeval as_timeval(std::chrono::milliseconds time) {
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    return {seconds.count(), std::chrono::microseconds(time - seconds).count()};
}

std::string mend_for(int error, const RouterAddress& address) {
    if (error == EACCES || error == EPERM)
        return "this router serves other users";
    if (error == EAGAIN)
        return "it accepts nobody: end it and try again";
    return address.on_demand ? "remove it and try again" : "name the socket of a router";
}

// What somebody else has to do before we can go on: told once when it lasts, and not waited for without end.
class Waiting {
public:
    explicit Waiting(std::string what) : what_(std::move(what)) {}
    bool is_over() {
        auto waited = Clock::now() - since_;
        if (waited > told_after && !std::exchange(told_, true))
            print_line(error_line({{}, step_name, "waiting for " + what_, "^C ends the wait"}));
        return waited > patience_with_others;
    }

private:
    using Clock = std::chrono::steady_clock;
    std::string what_;
    Clock::time_point since_ = Clock::now();
    bool told_ = false;
};

// Where another client has just started the router, a connection; else the lock, which the kernel releases
// however its holder ends (flock(2)). Its holder may be stopped, so the router is looked for meanwhile.
pty::UniqueFd lock_or_connect(const RouterAddress& address, pty::UniqueFd& lock) {
    std::string path = address.socket + ".lock";
    lock.reset(kernel::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
    if (!lock)
        fail("the lock " + path + ": " + std::strerror(errno), "make it writable");
    Waiting waiting("another client, which starts it (whoever has " + path + " locked)");
    for (;;) {
        bool held = ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
        if (!held && errno != EWOULDBLOCK)
            fail("the lock " + path + ": " + std::strerror(errno), "make it writable");
        auto socket = connect_listening(address);
        if (held || socket)
            return socket;
        if (waiting.is_over())
            fail("another client has " + path + " locked and starts none",
                 "end it: 'fuser -v " + path + "' names it");
        ::poll(nullptr, 0, look_every);
    }
}

// The last line a program wrote, which is where it says why it ended.
std::string last_line(std::string text) {
    while (text.ends_with('\n'))
        text.pop_back();
    size_t start = text.rfind('\n');
    return start == std::string::npos ? text : text.substr(start + 1);
}

// Whatever the pipe holds now: a daemon may keep its end open for as long as it lives.
std::string read_available(int pipe) {
    std::array<char, 4096> buffer;
    std::string text;
    ssize_t got = 0;
    while ((got = kernel::read(pipe, buffer.data(), buffer.size())) > 0)
        text.append(buffer.data(), static_cast<size_t>(got));
    return text;
}

// Of jrouterd --daemon, which returns when it listens and closes the pipe by then.
int status_of_start(pid_t pid, int pipe) {
    Waiting waiting("the router to start (process " + std::to_string(pid) + ")");
    int status = 0;
    pollfd open{pipe, 0, 0}; // POLLHUP is always told
    while (::waitpid(pid, &status, WNOHANG) == 0) {
        if ((open.revents & POLLHUP) != 0)
            return pty::wait_for_end(pid);
        if (waiting.is_over()) {
            ::kill(pid, SIGKILL);
            pty::wait_for_end(pid);
            fail("the router did not start within a minute, and was ended", "try again");
        }
        ::poll(&open, 1, look_every);
    }
    return status;
}

// jrouterd --daemon returns when it listens.
void start_router(const RouterAddress& address) {
    std::string path = sibling("sbin/jrouterd");
    pty::UniqueFd program(kernel::open(path.c_str(), O_RDONLY));
    if (!program)
        fail("the router's program " + path + ": " + std::strerror(errno), "install it there");
    pty::Pipe complaints = pty::make_pipe(O_NONBLOCK);
    std::vector<std::string> argv{path, "--daemon", "--socket", address.socket};
    if (address.private_router)
        argv.emplace_back("--idle-exit");
    pid_t pid = pty::spawn({program.get(), argv, current_environment(), {-1, -1, complaints.write.get()}});
    complaints.write.reset();
    int status = status_of_start(pid, complaints.read.get());
    std::string said = read_available(complaints.read.get());
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        std::fputs(said.c_str(), stderr); // what it could not give up of what we are
        return;
    }
    std::string why = last_line(said);
    fail("the router did not start" + (why.empty() ? std::string() : ": " + why),
         "run it in the foreground to see more: " + path + " --socket " + address.socket);
}

// Nothing where nobody listens there.
pty::UniqueFd connect_to(const std::string& path, const RouterAddress& address,
                         std::chrono::milliseconds patience) {
    pty::UniqueFd socket(pty::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    timeval limit = as_timeval(std::max(patience, std::chrono::milliseconds(1))); // 0 would be for ever
    pty::check(::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), "socket option");
    if (connect_socket(socket.get(), path) == 0) {
        uid_t uid = listener_of(socket.get());
        if (uid != 0 && uid != ::geteuid())
            fail(path + ": uid " + std::to_string(uid) + " listens there, which is neither you nor root",
                 "use a router of your own, or end that one");
        return socket;
    }
    int error = errno;
    if (error == ENOENT || error == ECONNREFUSED)
        return {};
    fail(path + ": " + (error == EAGAIN ? "the router does not answer" : std::strerror(error)),
         mend_for(error, address));
}

} // namespace

pty::UniqueFd connect_listening(const RouterAddress& address, std::chrono::milliseconds patience) {
    pty::UniqueFd socket;
    // A router of an older build has none.
    if (!address.root_socket.empty())
        socket = connect_to(address.root_socket, address, patience);
    if (!socket)
        socket = connect_to(address.socket, address, patience);
    if (socket)
        prove_identity(socket.get(), patience);
    return socket;
}

pty::UniqueFd connect_router(const RouterAddress& address) {
    prepare_directory(address);
    if (auto socket = connect_listening(address))
        return socket;
    if (!address.on_demand)
        fail("no router listens at " + address.socket, "start one: jrouterd --socket " + address.socket);
    pty::UniqueFd held;
    if (auto socket = lock_or_connect(address, held))
        return socket;
    start_router(address);
    if (auto socket = connect_listening(address))
        return socket;
    fail("the router said that it listens at " + address.socket + " but does not", "try again");
}

} // namespace shell
