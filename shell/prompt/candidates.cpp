#include "shell/prompt/candidates.hpp"

#include "pty/error.hpp"
#include "shell/prompt/answer.hpp"
#include "shell/siblings.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace prompt {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// Of somebody who has pressed TAB; the client itself does not wait longer than a second for a router.
constexpr std::chrono::milliseconds patience(1500);

void append(Names& names, const Names& more) {
    names.insert(names.end(), more.begin(), more.end());
}

Names local_files(const std::string& typed) {
    size_t slash = typed.rfind('/');
    std::string folder = slash == std::string::npos ? "" : typed.substr(0, slash + 1);
    Names names;
    std::error_code error;
    for (fs::directory_iterator entry(folder.empty() ? "." : folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::string name = entry->path().filename().string();
        // Hidden ones are for those who ask for them.
        if (name.starts_with('.') && typed.size() == folder.size())
            continue;
        std::error_code ignored;
        names.push_back(folder + name + (entry->is_directory(ignored) ? "/" : ""));
    }
    return names;
}

// Those of a word that is a path, or an option in whole letters with one: --file=PATH.
Names files_of(const std::string& typed) {
    size_t begin = typed.starts_with("--") ? typed.find('=') + 1 : 0; // the client has found an = there
    Names names = local_files(typed.substr(begin));
    for (std::string& name : names)
        name.insert(0, typed, 0, begin);
    return names;
}

// The words as the client would get them: of an alias, those that it stands for.
Names expanded(const Aliases& aliases, const Names& words) {
    if (words.empty())
        return words;
    Names result;
    for (const Word& word : split(aliases.expand(words.front())).words)
        result.push_back(word.text);
    result.insert(result.end(), words.begin() + 1, words.end());
    return result;
}

// What jconsole __complete prints: `words` or `files` in the first line, then WORD, or WORD, a tab and its
// help.
Names words_of(std::string_view answer, const std::string& typed) {
    Names names;
    for (bool first = true; !answer.empty(); first = false) {
        size_t end = std::min(answer.find('\n'), answer.size());
        std::string_view line = answer.substr(0, end);
        if (first && line == "files")
            return files_of(typed);
        if (!first)
            names.emplace_back(line.substr(0, line.find('\t')));
        answer.remove_prefix(std::min(end + 1, answer.size()));
    }
    return names;
}

Names client_words(const Commands& commands, const Names& before, const std::string& typed) {
    Names argv{shell::sibling("../bin/jconsole"), "__complete", "--"};
    append(argv, commands.common);
    append(argv, before);
    argv.push_back(typed);
    try {
        return words_of(answer_of(argv, patience), typed);
    } catch (const pty::StepError&) {
        return {}; // there is no place to say it: the user is typing
    }
}

Names own_names() {
    std::vector<std::string_view> words = own_words();
    return {words.begin(), words.end()};
}

} // namespace

Names candidates(const Commands& commands, const Unfinished& line) {
    Names before = expanded(commands.aliases, line.before);
    if (before.empty() && line.current.starts_with('!'))
        return {};
    if (!before.empty() && before.front().starts_with('!'))
        return local_files(line.current);
    if (!before.empty() && (before.front() == "alias" || before.front() == "unalias"))
        return commands.aliases.names();
    Names result = client_words(commands, before, line.current);
    if (before.empty() || (before.size() == 1 && before.front() == "help")) {
        append(result, commands.aliases.names());
        append(result, own_names());
    }
    return result;
}

} // namespace prompt
