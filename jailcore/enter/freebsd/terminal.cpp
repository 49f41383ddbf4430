#include "jailcore/enter/freebsd/terminal.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace jailcore {
namespace {

// What its queues hold follows the speed (sys/kern/tty.c, tty_watermarks()): at 9600 bauds, the default, a
// read brings 2 KB and a line has 1,920 characters.
constexpr speed_t fastest = B115200;
constexpr unsigned drain_patience = 30; // seconds, from the end of the program

// Owner of the node is the real user of who opens it (sys/kern/tty_pts.c, pts_alloc()).
pty::UniqueFd open_master(uid_t owner) {
    pty::check(::setresuid(owner, 0, 0), "open terminal");
    pty::UniqueFd master(kernel::posix_openpt(O_RDWR | O_NOCTTY));
    int error = errno;
    pty::check(::setresuid(0, 0, 0), "open terminal");
    if (!master)
        throw EnterFailure("open terminal", std::strerror(error),
                           error == EAGAIN ? "end some that are open, or raise the limit of pseudo-terminals"
                                           : "see pts(4)",
                           error);
    return master;
}

pty::UniqueFd open_slave(int master) {
    std::array<char, 64> name{};
    pty::check(::ptsname_r(master, name.data(), name.size()) == 0 ? 0 : -1, "open terminal");
    pty::UniqueFd slave(kernel::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    int error = errno;
    if (!slave && error == ENOENT)
        throw EnterFailure("open terminal",
                           "the jail has no " + std::string(name.data()) +
                               ": no devfs is mounted on its /dev, or its ruleset hides pts",
                           advice_to_repair(), error);
    pty::check(slave ? 0 : -1, "open terminal", name.data());
    // What is there may have been put in its place.
    if (::isatty(slave.get()) == 0 || ::tcgetsid(master) != ::tcgetsid(slave.get()))
        throw EnterFailure("open terminal", std::string(name.data()) + " is not the jail's own terminal",
                           advice_to_repair());
    return slave;
}

void set_speed(int slave) {
    termios settings{};
    pty::check(kernel::tcgetattr(slave, &settings), "terminal modes");
    ::cfsetspeed(&settings, fastest);
    pty::check(kernel::tcsetattr(slave, &settings), "terminal modes");
}

volatile sig_atomic_t led = 0; // the process group of the program

void pass_on(int signal) {
    if (led > 0)
        ::kill(-static_cast<pid_t>(led), signal);
}

void pass_signals_on() {
    struct sigaction action = {};
    action.sa_handler = pass_on;
    sigfillset(&action.sa_mask);
    for (int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT})
        ::sigaction(signal, &action, nullptr);
    // What a program in the background of a terminal gets for its output and modes.
    ::signal(SIGTTOU, SIG_IGN);
    ::signal(SIGTTIN, SIG_IGN);
    ::signal(SIGTSTP, SIG_IGN);
}

// A leader that is killed while it drains loses the rest; one that waits for ever keeps the session.
void drain() {
    struct sigaction usual = {};
    usual.sa_handler = [](int) {}; // tcdrain(3) is interrupted
    ::sigaction(SIGALRM, &usual, nullptr);
    ::alarm(drain_patience);
    ::tcdrain(STDIN_FILENO);
    ::alarm(0);
}

[[noreturn]] void end_as(int status) {
    if (WIFSIGNALED(status)) {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        pty::reset_signals();
        ::kill(::getpid(), WTERMSIG(status));
    }
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

} // namespace

Terminal open_terminal(const User& user, const pty::WindowSize& size, std::string_view modes) {
    Terminal terminal;
    terminal.master = open_master(user.uid);
    terminal.slave = open_slave(terminal.master.get());
    pty::set_window_size(terminal.master.get(), size);
    pty::set_modes(terminal.slave.get(), modes);
    set_speed(terminal.slave.get());
    return terminal;
}

void lead_session(const User& user, const std::function<void()>& program) {
    pty::take_controlling_terminal(STDIN_FILENO);
    // Not before setsid(2), which would change the name of who logged in on the host.
    pty::check(::setlogin(user.name.c_str()), "setlogin", user.name);
    pass_signals_on();
    pid_t child = pty::check(::fork(), "fork");
    if (child == 0) {
        ::setpgid(0, 0);
        ::tcsetpgrp(STDIN_FILENO, ::getpid());
        pty::reset_signals();
        program();
        ::_exit(EXIT_FAILURE);
    }
    ::setpgid(child, child); // by both, for neither waits for the other
    ::tcsetpgrp(STDIN_FILENO, child);
    led = child;
    ::closefrom(STDERR_FILENO + 1);
    int status = 0;
    while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
    }
    drain();
    end_as(status);
}

} // namespace jailcore
