#include "jailcore/contract/report.hpp"
#include "jailcore/linux/starter/hooks.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/memfd.hpp"
#include "pty/program.hpp"
#include "pty/spawn.hpp"

#include <cerrno>
#include <csignal>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

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

// A process on its way into the jail: jenter, and the child of it, who becomes the program. In the jail
// anybody may stop the child at any time, so that each wait for it has an end.
class Entering {
public:
    Entering(pid_t jenter, std::string line, const TimeLimit& limit)
        : jenter_(jenter), line_(std::move(line)), limit_(limit) {}

    // The socket closes when the program is executed. Returns its pid.
    pid_t read_reports(int socket) {
        Report report;
        while (receive(socket, report)) {
            if (report.kind == ReportKind::entered)
                program_ = report.pid;
            if (report.kind == ReportKind::failed)
                fail(std::string(pty::get_text(report.step)) + ": " +
                     std::string(pty::get_text(report.cause)));
        }
        if (program_ == -1)
            fail(line_ + ": the jail was not entered");
        end(jenter_); // it has nothing left to do
        return program_;
    }

private:
    bool receive(int socket, Report& report) {
        if (!limit_.await(socket))
            give_up();
        return pty::receive_message(socket, {reinterpret_cast<char*>(&report), sizeof report}).size ==
               sizeof report;
    }

    [[noreturn]] void fail(const std::string& text) const {
        end(program_);
        end(jenter_);
        throw StartFailure(text);
    }

    // They may wait for a device, and are collected with this process's other children.
    [[noreturn]] void give_up() const {
        bool stopped = program_ > 0 && pty::is_stopped(program_);
        for (pid_t pid : {program_, jenter_})
            if (pid > 0)
                ::kill(pid, SIGKILL);
        throw CommandLate(line_ + ": timed out" + (stopped ? "; it was stopped from inside the jail" : ""));
    }

    static void end(pid_t pid) {
        if (pid > 0 && ::kill(pid, SIGKILL) == 0)
            ::waitpid(pid, nullptr, 0);
    }

    pid_t jenter_;
    pid_t program_ = -1;
    std::string line_;
    TimeLimit limit_;
};

} // namespace

pid_t start_inside_command(const InsideCommand& what, const InsideAccess& jail, const TimeLimit& limit) {
    constexpr int64_t most = 60; // seconds, that jenter gives itself
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
    return Entering(jenter, command_line(what.command), limit.left() ? limit : TimeLimit(most))
        .read_reports(reports.ours.get());
}

} // namespace jailcore
