// Why a jail was not entered, in the words that the user reads: `jconsole: JAIL: STEP: CAUSE; MEND`.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace jailcore {

class EnterFailure : public std::runtime_error {
public:
    EnterFailure(const std::string& step, const std::string& cause, std::string mend, int error = 0,
                 int exit_code = 255)
        : std::runtime_error(step + ": " + cause), step_(step), cause_(cause), mend_(std::move(mend)),
          error_(error), exit_code_(exit_code) {}
    [[nodiscard]] const std::string& step() const { return step_; }
    [[nodiscard]] const std::string& cause() const { return cause_; }
    [[nodiscard]] const std::string& mend() const { return mend_; }
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] int exit_code() const { return exit_code_; }

private:
    std::string step_;
    std::string cause_;
    std::string mend_;
    int error_;
    int exit_code_;
};

// The process that stood for `jail`, which is as the user types it, has ended.
EnterFailure jail_has_ended(const std::string& jail);

} // namespace jailcore
