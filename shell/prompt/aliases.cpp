#include "shell/prompt/aliases.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "shell/prompt/words.hpp"
#include "shell/report.hpp"

#include <algorithm>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace prompt {
namespace {

constexpr size_t largest_file = size_t{1} << 20;

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

[[noreturn]] void refuse(std::string cause) {
    throw shell::FailureError({{}, "alias", std::move(cause), "write alias NAME = COMMAND"});
}

// alias ll='ls -v' is what people have in their fingers. A comment behind it would take in what is typed
// behind the name.
std::string unquoted_value(std::string_view value) {
    Line line = split(value);
    if (line.open != Open::none)
        refuse("a quote is not closed");
    if (line.words.empty())
        refuse("there is no value");
    bool one_quoted_word = line.words.size() == 1 && (value.front() == '\'' || value.front() == '"');
    return one_quoted_word ? line.words.front().text : std::string(value.substr(0, line.words.back().end));
}

std::string entry(const std::string& name, const std::string& value) {
    return "alias " + name + " = " + value + "\n";
}

std::string read_own_file(const std::string& path) {
    // Not blocking: a FIFO would wait for its writer.
    pty::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd && (errno == ENOENT || errno == ENOTDIR))
        return {};
    pty::check(fd.get(), "open", path);
    struct stat status = {};
    pty::check(::fstat(fd.get(), &status), "examine", path);
    if (!S_ISREG(status.st_mode))
        throw shell::FailureError({{}, "read " + path, "it is not a file", "remove it"});
    // Its aliases are commands that the user runs unseen.
    if ((status.st_uid != ::geteuid() && status.st_uid != 0) || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw shell::FailureError({{}, "read " + path, "others can write to it", "chown and chmod go-w it"});
    return pty::read_all(fd.get(), path, largest_file);
}

void read_line(Aliases& aliases, std::string_view text) {
    text = trim(text); // the lines of a file from Windows end in CR LF
    Line line = split(text);
    if (line.words.empty())
        return;
    if (line.words.front().text != "alias")
        refuse("'" + line.words.front().text + "' is no alias");
    aliases.define(text.substr(line.words.front().end));
}

} // namespace

void Aliases::define(std::string_view text) {
    text = trim(text);
    size_t end = std::min(text.find_first_of("= \t"), text.size());
    std::string name(text.substr(0, end));
    std::string_view rest = trim(text.substr(end));
    if (rest.empty() || rest.front() != '=' || trim(rest.substr(1)).empty())
        refuse("there is no value");
    Line words = split(name);
    if (words.words.size() != 1 || words.words.front().text != name || words.meaningless != '\0' ||
        name[0] == '!')
        refuse("'" + name + "' is not a name");
    values_[name] = unquoted_value(trim(rest.substr(1)));
}

bool Aliases::remove(const std::string& name) {
    return values_.erase(name) != 0;
}

std::string Aliases::expand(std::string_view line) const {
    std::string text(line);
    std::set<std::string, std::less<>> seen;
    for (;;) {
        Line parts = split(text);
        if (parts.words.empty() || parts.words.front().quoted)
            return text;
        const Word& first = parts.words.front();
        auto found = values_.find(first.text);
        if (found == values_.end() || !seen.insert(first.text).second)
            return text;
        text.replace(0, first.end, found->second);
    }
}

std::string Aliases::list() const {
    std::string text;
    for (const auto& [name, value] : values_)
        text.append(entry(name, value));
    return text;
}

std::string Aliases::list(const std::string& name) const {
    auto found = values_.find(name);
    if (found == values_.end())
        throw shell::FailureError({{}, "alias", "there is no alias '" + name + "'", "alias lists them"});
    return entry(found->first, found->second);
}

std::vector<std::string> Aliases::names() const {
    std::vector<std::string> result;
    for (const auto& [name, value] : values_)
        result.push_back(name);
    return result;
}

Aliases read_aliases(const std::string& path, std::vector<std::string>& complaints) {
    Aliases aliases;
    std::string text;
    try {
        text = read_own_file(path);
    } catch (const shell::FailureError& error) {
        complaints.push_back(shell::error_line(error.failure()));
    } catch (const pty::StepError& error) {
        complaints.push_back(shell::error_line({{}, {}, error.what(), {}}));
    }
    std::string_view rest = text;
    for (size_t number = 1; !rest.empty(); ++number) {
        size_t end = std::min(rest.find('\n'), rest.size());
        try {
            read_line(aliases, rest.substr(0, end));
        } catch (const shell::FailureError& error) {
            shell::Failure failure = error.failure();
            failure.step = path + " line " + std::to_string(number);
            complaints.push_back(shell::error_line(failure));
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return aliases;
}

} // namespace prompt
