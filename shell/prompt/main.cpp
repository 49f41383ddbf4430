// jconsole-shell: jconsole alone, on a terminal or with commands on standard input. The client executes it.
//
//   jconsole-shell [OPTION...]    options that go before every verb that takes them
//   jconsole-shell --page         the pager behind a verb (shell/prompt/pager.hpp)
#include "shell/prompt/pager.hpp"
#include "shell/prompt/sittings.hpp"
#include "shell/report.hpp"

#include <clocale>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

int run(const std::vector<std::string>& arguments) {
    if (arguments == std::vector<std::string>{"--page"})
        return prompt::page();
    if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1)
        return prompt::sit_at_terminal(arguments);
    return prompt::read_commands(arguments);
}

} // namespace

int main(int argc, char** argv) {
    std::setlocale(LC_CTYPE, ""); // readline's columns
    return shell::status_of([&] {
        return run({argv + (argc > 0 ? 1 : 0), argv + argc});
    });
}
