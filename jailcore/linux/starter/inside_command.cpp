#include "jailcore/linux/starter/hooks.hpp"
#include "jailcore/report.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/memfd.hpp"
#include "pty/program.hpp"
#include "pty/spawn.hpp"

#include <cerrno>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

namespace jailcore {
namespace {

pty::UniqueFd program_of(const InsideCommand& what) {
    pty::Program program;
    program.user = what.user;
    program.directory = what.directory;
    program.environment = what.environment;
    program.argv = what.command.argv;
    auto encoded = pty::encode_program(program);
    if (!encoded)
        throw pty::StepError(E2BIG, "pass on", command_line(what.command));
    return pty::sealed_memfd("program", *encoded);
}

// The socket closes when the program is executed.
std::optional<pid_t> read_reports(int socket) {
    std::optional<pid_t> entered;
    for (;;) {
        Report report;
        pty::Received received =
            pty::receive_message(socket, {reinterpret_cast<char*>(&report), sizeof report});
        if (received.size != sizeof report)
            return entered;
        if (report.kind == ReportKind::entered)
            entered = report.pid;
        if (report.kind != ReportKind::failed)
            continue;
        if (entered)
            ::waitpid(*entered, nullptr, 0);
        throw StartFailure(std::string(get_text(report.step)) + ": " + std::string(get_text(report.cause)));
    }
}

} // namespace

pid_t start_inside_command(const InsideCommand& what, const InsideAccess& jail) {
    pty::UniqueFd program = program_of(what);
    pty::SocketPair reports = pty::seqpacket_pair();
    pty::UniqueFd input = pty::make_pipe().read; // at its end: its writer is closed
    int output = what.output >= 0 ? what.output : STDOUT_FILENO;
    int errors = what.output >= 0 ? what.output : STDERR_FILENO;
    pid_t jenter = pty::spawn(
        {jail.jenter,
         {"jenter", "--jail", what.jail, "pipe"},
         {},
         {input.get(), output, errors, reports.theirs.get(), program.get(), jail.pidfd, jail.spec}});
    reports.theirs.reset();
    std::optional<pid_t> entered;
    try {
        entered = read_reports(reports.ours.get());
    } catch (...) {
        ::waitpid(jenter, nullptr, 0);
        throw;
    }
    ::waitpid(jenter, nullptr, 0); // it leaves as soon as the program is on its way
    if (!entered)
        throw StartFailure(command_line(what.command) + ": the jail was not entered");
    return *entered;
}

} // namespace jailcore
