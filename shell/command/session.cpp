#include "shell/command/session.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/memfd.hpp"
#include "shell/relay/relay.hpp"
#include "shell/report.hpp"
#include "shell/route/destination.hpp"
#include "shell/route/router_address.hpp"
#include "shell/route/router_connection.hpp"
#include "shell/route/ssh_link.hpp"
#include "shell/siblings.hpp"
#include "shell/syntax/typed.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace shell {
namespace {

// The shell that started us must see what ended us, not a status that only looks like it.
int die_of(int signal) {
    std::signal(signal, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::raise(signal);
    constexpr int signalled = 128;
    return signalled + signal;
}

// The first time it is asked; from then on it is.
bool pipe_signal_was_ignored() {
    static const bool was = std::signal(SIGPIPE, SIG_IGN) == SIG_IGN;
    return was;
}

int end_by(int signal) {
    if (signal == SIGPIPE && pipe_signal_was_ignored())
        throw FailureError({{}, "standard output", "nobody reads it any more", {}});
    return die_of(signal);
}

int conclude(const Ending& ending) {
    if (const auto* exit = std::get_if<ExitStatus>(&ending))
        return exit->status;
    if (const auto* failure = std::get_if<Failure>(&ending))
        throw FailureError(*failure);
    return end_by(std::get<LocalSignal>(ending).signal);
}

Ending run_here(const Options& options, Assignment assignment) {
    RouterAddress address = router_address(options.router);
    assignment.connect = [&] {
        return connect_router(address);
    };
    assignment.reconnect = [&] {
        return connect_listening(address);
    };
    assignment.quiet = "there is no answer yet: the router is stopped, frozen or very busy, or what it does "
                       "takes long (its process: " +
                       address.socket.substr(0, address.socket.rfind('/') + 1) + "jrouterd.pid)";
    return run_relay(assignment);
}

Ending run_from_afar(const Options& options, Assignment assignment, const Destination& destination) {
    SshLink link(destination, options.router);
    assignment.connect = [&] {
        return link.connect();
    };
    assignment.reconnect = [&] {
        return link.reconnect();
    };
    assignment.ended = [&](bool answered) {
        link.ended(answered);
    };
    assignment.patience = SshLink::patience;
    assignment.between_attempts = SshLink::between_attempts;
    assignment.peer = "ssh to " + destination.host;
    assignment.broken = "the connection to " + destination.host + " was broken, or the router there ended,";
    assignment.broken_mend = "it may go on: look with 'jconsole ls'";
    assignment.protocol_mend =
        "jconsole there may be of another version, or a command or a start-up file of the shell on " +
        destination.host + " prints something";
    return run_relay(assignment);
}

int run(const Options& options, Assignment assignment) {
    pipe_signal_was_ignored();
    const std::string jail = assignment.open.jail;
    const TypedCommands commands(options);
    if (!options.raw)
        assignment.commands = commands;
    try {
        auto destination = far_host(options.host);
        return conclude(destination ? run_from_afar(options, std::move(assignment), *destination)
                                    : run_here(options, std::move(assignment)));
    } catch (const FailureError& error) {
        // What fails before the router knows of the jail names it too.
        Failure failure = error.failure();
        if (failure.jail.empty())
            failure.jail = jail;
        failure.cause = commands.all(failure.cause);
        failure.mend = commands.all(failure.mend);
        throw FailureError(failure);
    }
}

} // namespace

int run_session(const Options& options, const wire::Open& request, int output) {
    Assignment assignment;
    assignment.open = request;
    assignment.output = output;
    return run(options, std::move(assignment));
}

std::string output_of(const Options& options, const wire::Open& request, int& status) {
    pty::UniqueFd memory = pty::make_memfd("output");
    // The relay closes what it has written to the end.
    pty::UniqueFd output(pty::check(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0), "dup"));
    // Under a limit of the size of files (ulimit -f) a write that passes it ends whoever ignores no signal.
    std::signal(SIGXFSZ, SIG_IGN);
    Assignment assignment;
    assignment.open = request;
    assignment.output = output.get();
    int failure = 0;
    assignment.output_failed = [&](int error) {
        failure = error;
    };
    status = run(options, std::move(assignment));
    if (failure != 0)
        throw FailureError({request.jail, "the router's answer", std::strerror(failure),
                            failure == EFBIG ? "raise the limit of the size of files: ulimit -f" : ""});
    pty::check(static_cast<int>(::lseek(memory.get(), 0, SEEK_SET)), "lseek");
    return pty::read_all(memory.get(), "the output");
}

int run_one_of_several(const Options& options, const wire::Open& request, Meanwhile& meanwhile) {
    // The relay closes what it has written to the end.
    pty::UniqueFd output(pty::check(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "dup", "standard output"));
    Assignment assignment;
    assignment.open = request;
    assignment.output = output.get();
    assignment.escaped = !options.raw;
    assignment.interrupted = [&](int signal) {
        meanwhile.signal = signal;
    };
    assignment.output_failed = [&](int error) {
        meanwhile.output_error = error;
    };
    try {
        return run(options, std::move(assignment));
    } catch (const FailureError& error) {
        print_line(error_line(error.failure()));
        return error.failure().status;
    }
}

int end_several(int status, const Meanwhile& meanwhile) {
    if (meanwhile.signal != 0)
        return die_of(meanwhile.signal);
    if (meanwhile.output_error == EPIPE)
        return end_by(SIGPIPE);
    if (meanwhile.output_error != 0)
        throw FailureError({{}, "standard output", std::strerror(meanwhile.output_error), {}});
    return status;
}

} // namespace shell
