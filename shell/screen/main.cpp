// jconsole-top: the screen of `jconsole top`. The client executes it with what it knows already:
//   jconsole-top CLIENT [-f FILE] [OPTION...]
// CLIENT is the path of bin/jconsole, the options are those by which each of its verbs finds the router.
#include "pty/error.hpp"
#include "shell/report.hpp"
#include "shell/screen/screen.hpp"

#include <clocale>
#include <cstdlib>
#include <exception>
#include <unistd.h>

namespace {

top::Settings settings_of(std::vector<std::string> words) {
    if (words.empty() || ::access(words.front().c_str(), X_OK) != 0)
        throw shell::FailureError(
            {{}, "top", "this is a part of jconsole, which it does not find", "use 'jconsole top'"});
    top::Settings settings;
    settings.client = words.front();
    words.erase(words.begin());
    if (words.size() >= 2 && words.front() == "-f") {
        settings.config.assign(words.begin(), words.begin() + 2);
        words.erase(words.begin(), words.begin() + 2);
    }
    settings.words = std::move(words);
    if (const char* host = std::getenv("JCONSOLE_HOST"))
        settings.host = host;
    // https://no-color.org: whatever it says, if it says something.
    const char* no_color = std::getenv("NO_COLOR");
    settings.colours = no_color == nullptr || *no_color == '\0';
    return settings;
}

int run(const std::vector<std::string>& words) {
    top::Settings settings = settings_of(words);
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1)
        throw shell::FailureError({{},
                                   "top",
                                   "standard input and output are no terminal",
                                   "'jconsole top --json' prints a line each second"});
    top::Screen(std::move(settings)).run();
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
    std::setlocale(LC_ALL, "");
    return shell::status_of([&] {
        return run({argv + (argc > 0 ? 1 : 0), argv + argc});
    });
}
