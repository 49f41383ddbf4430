#include "shell/complete/completion.hpp"

#include "pty/escape.hpp"
#include "shell/complete/completion_point.hpp"
#include "shell/complete/name_sources.hpp"
#include "shell/syntax/option_table.hpp"

#include <algorithm>

namespace shell {
namespace {

using Candidates = std::vector<Candidate>;

// Nothing here means anything to bash, zsh or fish within a word, and nothing of it is invisible.
bool is_harmless(std::string_view word) {
    constexpr std::string_view marks = "_./+:@%,=-";
    constexpr std::string_view not_first = "-=%";
    constexpr unsigned char first_beyond_ascii = 0x80;
    return !word.empty() && not_first.find(word[0]) == std::string_view::npos && pty::escape(word) == word &&
           pty::is_utf8(word) && std::ranges::all_of(word, [&](char c) {
               bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
               return letter || marks.find(c) != std::string_view::npos ||
                      static_cast<unsigned char>(c) >= first_beyond_ascii;
           });
}

// What may follow the words of a verb that have been typed.
Candidates verb_words(const std::vector<std::string>& before) {
    Candidates result;
    std::string begin = before.empty() ? "" : before.front() + " ";
    for (const Verb& verb : verbs()) {
        if (verb.hidden || !verb.name.starts_with(begin))
            continue;
        std::string_view rest = verb.name.substr(begin.size());
        result.push_back({std::string(rest.substr(0, rest.find(' '))), verb.help});
    }
    return result;
}

Candidates option_names(const CompletionPoint& point) {
    Candidates result;
    for (const OptionRow& row : option_rows()) {
        if (point.verb != nullptr && !takes(*point.verb, row))
            continue;
        result.push_back({"--" + std::string(row.name), row.help});
        if (char letter = letter_for(point.verb, row); letter != '\0')
            result.push_back({std::string("-") + letter, row.help});
    }
    return result;
}

Candidates choices(std::string_view list) {
    Candidates result;
    for (std::string_view word : words_of(list))
        result.push_back({std::string(word), {}});
    return result;
}

// From names that others have chosen.
Candidates harmless(const std::vector<std::string>& names) {
    Candidates result;
    for (const std::string& name : names)
        if (is_harmless(name))
            result.push_back({name, {}});
    return result;
}

std::vector<std::string> sum(std::vector<std::string> one, std::vector<std::string> other) {
    std::ranges::move(other, std::back_inserter(one));
    return one;
}

// Behind an @ that is typed, of JAIL@HOST or USER@HOST; a whole address names no host of the hosts files.
Candidates hosts(const std::string& typed, const NameSources& sources) {
    std::vector<std::string> names;
    if (!typed.starts_with("ssh://"))
        names = sources.hosts();
    for (std::string& name : names)
        name.insert(0, typed.substr(0, typed.find('@') + 1));
    return harmless(names);
}

Candidates values(const CompletionPoint& point, const NameSources& sources) {
    switch (point.value.completes) {
    case Completes::choice:
        return choices(point.value.choices);
    case Completes::jail:
        return harmless(sum(sources.running_jails(), sources.configured_jails(point.config)));
    case Completes::running_jail:
        return harmless(sources.running_jails());
    case Completes::configured_jail:
        return harmless(sources.configured_jails(point.config));
    case Completes::session:
        return harmless(sources.sessions());
    case Completes::user:
        return harmless(sources.users(point.jail()));
    case Completes::directory_in_jail:
        return harmless(sources.paths(point.jail(), point.typed, true));
    case Completes::verb:
        return verb_words(point.names);
    case Completes::host:
        return hosts(point.typed, sources);
    case Completes::nothing:
    case Completes::file:
        break;
    }
    return {};
}

bool ends_in_host(const CompletionPoint& point) {
    bool far = point.expected == Expected::first_word ||
               (point.expected == Expected::value && can_be_far(point.value));
    return far && point.typed.find('@') != std::string::npos;
}

Candidates expected_words(const CompletionPoint& point, const NameSources& sources) {
    if (ends_in_host(point))
        return hosts(point.typed, sources);
    switch (point.expected) {
    case Expected::value:
        return values(point, sources);
    case Expected::option:
        return option_names(point);
    case Expected::program:
        return harmless(sources.paths(point.jail(), point.typed, false));
    case Expected::first_word:
        break;
    }
    Candidates result = verb_words(point.names);
    if (point.names.empty())
        std::ranges::move(harmless(sources.running_jails()), std::back_inserter(result));
    return result;
}

// A jail that is named already is not named again.
bool wanted(const CompletionPoint& point, const std::string& word) {
    bool again = point.expected == Expected::value && point.value.repeats &&
                 std::ranges::find(point.names, word) != point.names.end();
    return word.starts_with(point.typed) && !again;
}

} // namespace

Completion complete(const std::vector<std::string>& words, Deadline deadline) {
    CompletionPoint point = completion_point(words);
    Completion result;
    // `-fFILE` in one word is nothing that a shell's own completion of files understands.
    result.files = point.expected == Expected::value && point.value.completes == Completes::file &&
                   (point.before.empty() || point.before.ends_with('='));
    for (Candidate& candidate : expected_words(point, NameSources(point.router, point.host, deadline)))
        if (wanted(point, candidate.word))
            result.candidates.push_back({point.before + candidate.word, candidate.help});
    std::ranges::stable_sort(result.candidates, {}, &Candidate::word);
    auto same = [](const Candidate& one, const Candidate& other) {
        return one.word == other.word;
    };
    auto& all = result.candidates;
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    return result;
}

std::string completion_text(const Completion& completion) {
    std::string text = completion.files ? "files\n" : "words\n";
    for (const Candidate& candidate : completion.candidates) {
        text.append(candidate.word);
        if (!candidate.help.empty())
            text.append("\t").append(candidate.help);
        text.append("\n");
    }
    return text;
}

} // namespace shell
