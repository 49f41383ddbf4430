// What a starter says to its user: jail(8)'s lines, each beginning with the jail's name.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace jailcore {

// What ends a start or stop; the text follows the jail's name. Empty: it has been said.
class StartFailure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Output {
public:
    Output(std::string name, bool verbose) : name_(std::move(name)), verbose_(verbose) {}
    void note(std::string_view text) const;         // standard output
    void verbose(std::string_view text) const;      // standard output, with --verbose only
    void warn(std::string_view text) const;         // standard error; nothing where `text` is empty
    void warn_of_name(std::string_view text) const; // standard error: `"NAME" TEXT`

private:
    std::string name_;
    bool verbose_;
};

// `TEXT: what errno 'error' means`.
std::string with_cause(std::string_view text, int error);

} // namespace jailcore
