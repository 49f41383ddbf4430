#include "router/reader/output.hpp"

#include "pty/escape.hpp"
#include "pty/io.hpp"

#include <unistd.h>

namespace reader {

void print(const std::string& text) {
    pty::write_all(STDOUT_FILENO, text, "standard output");
}

void complain(const std::string& text) {
    pty::write_all(STDERR_FILENO, "jconsole: " + pty::escape(text) + "\n", "standard error");
}

} // namespace reader
