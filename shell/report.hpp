// What the client says to its user when something went wrong: one line, and an exit status.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace shell {

// ssh's status for a failure that is not the remote program's.
inline constexpr int own_error = 255;

// A failure with everything its line needs. Parts may be empty, and may hold anything: they are escaped when
// they are shown.
struct Failure {
    std::string jail;
    std::string step;
    std::string cause;
    std::string mend;
    int status = own_error;
};

class FailureError : public std::runtime_error {
public:
    explicit FailureError(Failure failure);
    [[nodiscard]] const Failure& failure() const { return failure_; }

private:
    Failure failure_;
};

// `jconsole: JAIL: STEP: CAUSE; MEND` without a newline; empty parts and their punctuation are left out.
std::string error_line(const Failure& failure);

// Writes one line to standard error. A standard error that cannot be written is no further error.
void print_line(std::string_view line);

// Calls `work` for main(): its status, or that of the failure that it threw and that is said in a line.
int status_of(const std::function<int()>& work);

} // namespace shell
