// Errors of system calls: one exception type that names the step and what it was done to.
// Expected outcomes (end of file, EIO on a pty, bad bytes from a peer) are values, never exceptions.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace pty {

class StepError : public std::system_error {
public:
    // `step` must be a string literal: it outlives the exception and, as an index into a table, crosses
    // processes.
    StepError(int error, const char* step, std::string_view subject)
        : std::system_error(error, std::generic_category(), describe(step, subject)), step_(step),
          subject_(subject) {}
    [[nodiscard]] const char* step() const { return step_; }
    [[nodiscard]] const std::string& subject() const { return subject_; }
    [[nodiscard]] int error() const { return code().value(); }

private:
    static std::string describe(const char* step, std::string_view subject) {
        std::string text(step);
        if (!subject.empty())
            text.append(" ").append(subject);
        return text;
    }
    const char* step_;
    std::string subject_;
};

// Passes a system call's result through; throws StepError with errno, captured first, where the result is -1.
template <class Result>
Result check(Result result, const char* step, std::string_view subject = {}) {
    if (result == static_cast<Result>(-1)) {
        int error = errno;
        throw StepError(error, step, subject);
    }
    return result;
}

} // namespace pty
