#include "jailcore/starter/output.hpp"

#include "pty/escape.hpp"

#include <cstring>
#include <unistd.h>

namespace jailcore {
namespace {

// A user who has gone away does not end what he started, so what cannot be written is dropped. One line,
// whatever a path or a hook is called.
void write_line(int fd, std::string_view text) {
    std::string line = pty::escape(text);
    line.push_back('\n');
    [[maybe_unused]] ssize_t written = ::write(fd, line.data(), line.size());
}

} // namespace

void Output::note(std::string_view text) const {
    write_line(STDOUT_FILENO, name_ + ": " + std::string(text));
}

void Output::verbose(std::string_view text) const {
    if (verbose_)
        note(text);
}

void Output::warn(std::string_view text) const {
    if (!text.empty())
        write_line(STDERR_FILENO, name_ + ": " + std::string(text));
}

void Output::warn_of_name(std::string_view text) const {
    write_line(STDERR_FILENO, "\"" + name_ + "\" " + std::string(text));
}

std::string with_cause(std::string_view text, int error) {
    return std::string(text) + ": " + std::strerror(error);
}

} // namespace jailcore
