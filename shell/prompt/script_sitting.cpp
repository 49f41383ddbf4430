#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "shell/excerpt.hpp"
#include "shell/prompt/commands.hpp"
#include "shell/prompt/sittings.hpp"
#include "shell/prompt/words.hpp"
#include "shell/report.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>

namespace prompt {
namespace {

constexpr size_t longest_command = size_t{1} << 20; // bytes, as the router takes a command

// Standard input in lines.
class Lines {
public:
    // Without its newline; nothing at the end.
    std::optional<std::string> next() {
        size_t end = 0;
        while ((end = text_.find('\n')) == std::string::npos && read_more())
            if (text_.size() > longest_command)
                throw shell::FailureError(
                    {{}, "line " + std::to_string(number_ + 1), "it is longer than 1 MiB", {}});
        if (end == std::string::npos && text_.empty())
            return std::nullopt;
        std::string line = text_.substr(0, end);
        text_.erase(0, line.size() + 1);
        ++number_;
        // What a word of the line became would end there for the program that gets it.
        if (line.find('\0') != std::string::npos)
            throw shell::FailureError(
                {{}, "line " + std::to_string(number_), "it holds a NUL byte", "remove it"});
        if (line.ends_with('\r')) // of a file from Windows
            line.pop_back();
        return line;
    }

    [[nodiscard]] size_t number() const { return number_; }

private:
    bool read_more() {
        std::array<char, 4096> chunk;
        ssize_t count = 0;
        while ((count = ::read(STDIN_FILENO, chunk.data(), chunk.size())) == -1 && errno == EINTR) {
        }
        pty::check(count, "read", "standard input");
        text_.append(chunk.data(), static_cast<size_t>(count));
        return count > 0;
    }

    std::string text_;
    size_t number_ = 0;
};

// With the lines that its quotes need.
std::optional<std::string> next_command(Lines& lines, size_t& number) {
    std::optional<std::string> command = lines.next();
    number = lines.number();
    while (command && wants_more(*command)) {
        std::optional<std::string> more = lines.next();
        if (!more)
            break;
        command->append("\n").append(*more);
    }
    return command;
}

} // namespace

int read_commands(const std::vector<std::string>& common) {
    // What a verb reads must not be the commands after it.
    pty::UniqueFd nothing(pty::check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open", "/dev/null"));
    Jobs jobs(-1);
    Commands commands{.common = common, .input = nothing.get(), .jobs = jobs, .history = [] {
                          return std::vector<std::string>();
                      }};
    Lines lines;
    size_t number = 0;
    while (std::optional<std::string> command = next_command(lines, number)) {
        run_command(commands, *command);
        if (commands.leaving)
            break;
        if (commands.status != 0) {
            shell::print_line(shell::error_line(
                {{},
                 "line " + std::to_string(number),
                 "'" + shell::shortened(*command) + "' ended with status " + std::to_string(commands.status),
                 "what follows it was not run"}));
            break;
        }
    }
    return commands.status;
}

} // namespace prompt
