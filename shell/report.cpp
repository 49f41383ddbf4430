#include "shell/report.hpp"

#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/io.hpp"

#include <cerrno>
#include <exception>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace shell {

namespace {

std::string mend_for(int error) {
    return error == EMFILE ? "raise the limit of open files: ulimit -n" : "";
}

} // namespace

FailureError::FailureError(Failure failure)
    : std::runtime_error(error_line(failure)), failure_(std::move(failure)) {}

std::string error_line(const Failure& failure) {
    std::string line = "jconsole";
    for (const std::string* part : {&failure.jail, &failure.step, &failure.cause})
        if (!part->empty())
            line.append(": ").append(pty::escape(*part));
    if (!failure.mend.empty())
        line.append("; ").append(pty::escape(failure.mend));
    return line;
}

void print_line(std::string_view line) {
    try {
        pty::write_all(STDERR_FILENO, std::string(line) + "\n", "standard error");
    } catch (const pty::StepError&) { // NOLINT(bugprone-empty-catch): there is nowhere left to say it
    }
}

int status_of(const std::function<int()>& work) {
    try {
        return work();
    } catch (const FailureError& error) {
        print_line(error_line(error.failure()));
        return error.failure().status;
    } catch (const pty::StepError& error) {
        print_line(error_line({{}, error.what(), {}, mend_for(error.error())}));
    } catch (const std::system_error& error) {
        print_line(error_line({{}, "start", error.code().message(), mend_for(error.code().value())}));
    } catch (const std::exception& error) {
        print_line(error_line({{}, {}, error.what(), {}}));
    }
    return own_error;
}

} // namespace shell
