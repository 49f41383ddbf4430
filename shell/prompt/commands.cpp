#include "shell/prompt/commands.hpp"

#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/io.hpp"
#include "pty/memfd.hpp"
#include "shell/prompt/words.hpp"
#include "shell/report.hpp"
#include "shell/siblings.hpp"
#include "shell/syntax/command_line.hpp"
#include "shell/syntax/help.hpp"
#include "shell/syntax/option_table.hpp"
#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <optional>
#include <unistd.h>
#include <utility>

namespace prompt {
namespace {

constexpr int signalled = 128;

struct OwnWord {
    std::string_view name;
    std::string_view synopsis;
    std::string_view help;
    size_t most;                                                                // arguments
    int (*action)(Commands& commands, const Line& line, std::string_view text); // returns the status
};

[[noreturn]] void refuse(std::string_view step, std::string cause, std::string mend = {}) {
    throw shell::FailureError({{}, std::string(step), std::move(cause), std::move(mend)});
}

// Says what became of a job where it did not simply end. Returns its status.
int conclude(const Commands& commands, const Jobs::Outcome& outcome) {
    if (!commands.interactive)
        return outcome.status;
    // On a new line, because the terminal has shown the ^Z or the ^C.
    if (outcome.stopped)
        pty::write_all(STDOUT_FILENO, "\n" + commands.jobs.last(), "standard output");
    else if (outcome.status == signalled + SIGINT)
        pty::write_all(STDOUT_FILENO, "\n", "standard output");
    return outcome.status;
}

int run_job(Commands& commands, const std::vector<Process>& pipeline, const std::string& title) {
    return conclude(commands, commands.jobs.run(pipeline, title));
}

Process pager() {
    return {{shell::sibling("jconsole/jconsole-shell"), "--page"}};
}

int show(Commands& commands, const std::string& text) {
    if (!commands.interactive) {
        pty::write_all(STDOUT_FILENO, text, "standard output");
        return 0;
    }
    pty::UniqueFd file = pty::sealed_memfd("text", text);
    ::lseek(file.get(), 0, SEEK_SET);
    Process reader = pager();
    reader.input = file.get();
    return run_job(commands, {reader}, "pager");
}

std::vector<std::string> texts(const std::vector<Word>& words) {
    std::vector<std::string> result;
    result.reserve(words.size());
    for (const Word& word : words)
        result.push_back(word.text);
    return result;
}

int run_verb(Commands& commands, const std::vector<std::string>& words, const std::string& title) {
    // Judged here too: what is wrong needs no process to say so.
    shell::Options options = shell::parse_options(words);
    Process client{{shell::sibling("../bin/jconsole")}, commands.input};
    if (shell::takes(*options.verb, *shell::find_option("router")))
        client.argv.insert(client.argv.end(), commands.common.begin(), commands.common.end());
    client.argv.insert(client.argv.end(), words.begin(), words.end());
    if (commands.interactive && options.verb->list)
        return run_job(commands, {client, pager()}, title);
    return run_job(commands, {client}, title);
}

int run_local(Commands& commands, const std::string& command, const std::string& title) {
    const char* own = std::getenv("SHELL");
    std::string program = command.empty() && own != nullptr && own[0] == '/' ? own : "/bin/sh";
    Process process{{program}, commands.input};
    if (!command.empty()) {
        process.argv.emplace_back("-c");
        process.argv.push_back(command);
    }
    return run_job(commands, {process}, title);
}

// --- the shell's own words

// Nothing where the word is no number of that type.
template <typename Number>
std::optional<Number> number_of(std::string_view word) {
    Number number = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc() && end == word.data() + word.size() ? std::optional(number) : std::nullopt;
}

int leave(Commands& commands, const Line& line, std::string_view) {
    int status = commands.status;
    if (line.words.size() > 1) {
        const std::string& word = line.words[1].text;
        auto given = number_of<unsigned char>(word);
        if (!given)
            refuse(line.words[0].text, "'" + word + "' is not a status", "give a number up to 255, or none");
        status = *given;
    }
    commands.leaving = true;
    return status;
}

std::string_view after(const Line& line, std::string_view text) {
    return text.substr(line.words.front().end);
}

// What was pasted can hold what a terminal would obey.
std::string escaped_lines(std::string_view text) {
    std::string escaped;
    for (size_t begin = 0; begin <= text.size();) {
        size_t end = std::min(text.find('\n', begin), text.size());
        escaped.append(begin > 0 ? "\n" : "").append(pty::escape(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return escaped;
}

int alias(Commands& commands, const Line& line, std::string_view text) {
    if (line.words.size() == 1)
        return show(commands, escaped_lines(commands.aliases.list()));
    if (line.words.size() == 2 && line.words[1].text.find('=') == std::string::npos)
        return show(commands, escaped_lines(commands.aliases.list(line.words[1].text)));
    commands.aliases.define(after(line, text));
    return 0;
}

int unalias(Commands& commands, const Line& line, std::string_view) {
    if (line.words.size() < 2)
        refuse("unalias", "no alias is named", "alias lists them");
    for (size_t i = 1; i < line.words.size(); ++i)
        if (!commands.aliases.remove(line.words[i].text))
            refuse("unalias", "there is no alias '" + line.words[i].text + "'", "alias lists them");
    return 0;
}

int history(Commands& commands, const Line& line, std::string_view) {
    std::vector<std::string> entries = commands.history();
    size_t most = entries.size();
    if (line.words.size() > 1) {
        auto given = number_of<size_t>(line.words[1].text);
        if (!given)
            refuse("history", "'" + line.words[1].text + "' is not a number",
                   "say how many lines, or nothing");
        most = std::min(*given, most);
    }
    std::string text;
    for (size_t i = entries.size() - most; i < entries.size(); ++i) {
        std::string count = std::to_string(i + 1);
        constexpr size_t width = 5;
        text.append(width - std::min(width, count.size()), ' ')
            .append(count)
            .append("  ")
            .append(escaped_lines(entries[i]))
            .append("\n");
    }
    return show(commands, text);
}

int list_jobs(Commands& commands, const Line&, std::string_view) {
    return show(commands, commands.jobs.list());
}

int foreground(Commands& commands, const Line& line, std::string_view) {
    std::optional<size_t> number;
    if (line.words.size() > 1) {
        std::string_view word = line.words[1].text;
        if (word.starts_with('%'))
            word.remove_prefix(1);
        number = number_of<size_t>(word);
        if (!number)
            refuse("fg", "'" + line.words[1].text + "' is not a job's number", "jobs lists them");
    }
    return conclude(commands, commands.jobs.resume(number));
}

int help(Commands& commands, const Line& line, std::string_view text);

constexpr size_t any_number = std::numeric_limits<size_t>::max();

constexpr std::array<OwnWord, 8> table{{
    {"help", "help [WORD]", "explain a verb or an alias, or list them all", any_number, help},
    {"alias", "alias [NAME [= COMMAND]]", "name a command, or list the names", any_number, alias},
    {"unalias", "unalias NAME...", "forget names", any_number, unalias},
    {"history", "history [NUMBER]", "list what has been typed, or the last of it", 1, history},
    {"jobs", "jobs", "list what ^Z has stopped", 0, list_jobs},
    {"fg", "fg [NUMBER]", "go on with what ^Z has stopped", 1, foreground},
    {"exit", "exit [STATUS]", "leave; so do quit and ^D", 1, leave},
    {"quit", "quit [STATUS]", "leave", 1, leave},
}};

const OwnWord* find_own(std::string_view name) {
    const auto* found = std::ranges::find(table, name, &OwnWord::name);
    return found == table.end() ? nullptr : found;
}

std::string line_of_help(std::string_view left, std::string_view right) {
    constexpr size_t column = 37;
    std::string line = "  " + std::string(left);
    line.resize(std::max(line.size() + 1, column), ' ');
    return line.append(right).append("\n");
}

// `!` is no word of its own, for what follows it may touch it.
std::string help_of_local_commands() {
    return line_of_help("!COMMAND", "run a local command") + line_of_help("!", "a local shell");
}

std::string whole_help() {
    std::string text =
        shell::help_text(nullptr) + "\nAt this prompt, verbs stand without jconsole before them, and:\n";
    for (const OwnWord& word : table)
        text.append(line_of_help(word.synopsis, word.help));
    return text + help_of_local_commands();
}

std::string help_of(const OwnWord& own) {
    return std::string(own.synopsis) + "\n  " + std::string(own.help) + "\n";
}

// What the alias stands for, and below that what it hides.
std::string help_of_alias(const Commands& commands, const std::string& name) {
    std::string text = escaped_lines(commands.aliases.list(name));
    if (const OwnWord* own = find_own(name))
        return text + "\n" + help_of(*own);
    const shell::Verb* verb = shell::find_verb(name);
    return verb == nullptr ? text : text + "\n" + shell::help_text(verb);
}

int help(Commands& commands, const Line& line, std::string_view) {
    if (line.words.size() == 1)
        return show(commands, whole_help());
    const std::string& name = line.words[1].text;
    if (name.starts_with('!'))
        return show(commands, help_of_local_commands());
    bool one = line.words.size() == 2;
    if (one && commands.aliases.has(name))
        return show(commands, help_of_alias(commands, name));
    if (const OwnWord* own = one ? find_own(name) : nullptr)
        return show(commands, help_of(*own));
    return run_verb(commands, texts(line.words), "help");
}

// --- one command

int run_own(const OwnWord& own, Commands& commands, const Line& line, const std::string& text) {
    if (line.words.size() - 1 > own.most)
        refuse(own.name, "'" + line.words[own.most + 1].text + "' is one word too many",
               "usage: " + std::string(own.synopsis));
    return own.action(commands, line, text);
}

int run_words(Commands& commands, const Line& line, const std::string& text) {
    // The first word alone decides, as in a POSIX shell, where a quoted name is a name still.
    if (const OwnWord* own = find_own(line.words.front().text))
        return run_own(*own, commands, line, text);
    if (line.meaningless != '\0')
        refuse({}, std::string("'") + line.meaningless + "' has no meaning here",
               "quote it, or give the whole line to a local shell: !jconsole ...");
    std::vector<std::string> words = texts(line.words);
    // As it is copied from a page. Behind a jail of that name there is a command or nothing.
    if (words.size() > 1 && words[0] == "jconsole" && words[1] != "--")
        words.erase(words.begin());
    return run_verb(commands, words, text);
}

int run_text(Commands& commands, const std::string& typed) {
    std::string text = commands.aliases.expand(typed);
    size_t begin = text.find_first_not_of(" \t\n");
    if (begin == std::string::npos)
        return commands.status;
    if (text[begin] == '!') {
        size_t command = text.find_first_not_of(" \t\n", begin + 1);
        return run_local(commands, command == std::string::npos ? "" : text.substr(command), text);
    }
    Line line = split(text);
    if (line.open == Open::backslash)
        refuse({}, "no line follows the \\ at its end");
    if (line.open != Open::none)
        refuse({}, "a quote is not closed");
    return line.words.empty() ? commands.status : run_words(commands, line, text);
}

} // namespace

void run_command(Commands& commands, const std::string& text) {
    try {
        commands.status = run_text(commands, text);
    } catch (const shell::FailureError& error) {
        shell::print_line(shell::error_line(error.failure()));
        commands.status = error.failure().status;
    } catch (const pty::StepError& error) {
        shell::print_line(shell::error_line({{}, error.what(), {}, {}}));
        commands.status = shell::own_error;
    }
}

std::vector<std::string_view> own_words() {
    std::vector<std::string_view> names;
    names.reserve(std::size(table));
    for (const OwnWord& word : table)
        names.push_back(word.name);
    return names;
}

} // namespace prompt
