#include "shell/syntax/manual.hpp"

#include "shell/syntax/option_table.hpp"
#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <cctype>

namespace shell {
namespace {

// A backslash begins an escape of roff.
std::string escaped(std::string_view text) {
    std::string result;
    for (char c : text)
        result.append(c == '\\' ? "\\e" : std::string(1, c));
    return result;
}

std::string lower(std::string_view text) {
    std::string result;
    for (char c : text)
        result.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    return escaped(result);
}

// `jls(8)`, perhaps with a full stop or a comma behind it.
bool is_reference(std::string_view word) {
    size_t open = word.find('(');
    return open != std::string_view::npos && open > 0 && open + 2 < word.size() && word[open + 2] == ')' &&
           word[open + 1] >= '1' && word[open + 1] <= '9';
}

std::string reference(std::string_view word) {
    size_t open = word.find('(');
    std::string line = ".Xr " + std::string(word.substr(0, open)) + " " + word[open + 1];
    if (open + 3 < word.size())
        line.append(" ").append(word.substr(open + 3));
    return line + "\n";
}

// A line for each sentence, as mdoc wants it, and one for each reference. A word that roff would take for a
// request where it begins a line is made an ordinary one.
std::string sentences(std::string_view text) {
    std::string result;
    bool begins = true;
    for (std::string_view word : words_of(text)) {
        if (is_reference(word)) {
            result.append(begins ? "" : "\n").append(reference(word));
            begins = true;
            continue;
        }
        if (begins && (word[0] == '.' || word[0] == '\''))
            result.append("\\&");
        result.append(begins ? "" : " ").append(escaped(word));
        begins = word.ends_with('.');
        if (begins)
            result.append("\n");
    }
    return begins ? result : result + "\n";
}

// The one line of help as a sentence, and what goes on from there.
std::string paragraph(std::string_view help, std::string_view details) {
    std::string text(help);
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return sentences(text + ".") + sentences(details);
}

std::string value_of(const OptionRow& row) {
    return row.value.name.empty() ? std::string() : " Ar " + lower(row.value.name);
}

std::string synopsis_of(const Verb& verb) {
    std::string text = ".Nm\n.Cm " + std::string(verb.name) + "\n";
    for (const OptionRow& row : option_rows()) {
        if (row.apply == nullptr || !takes(verb, row))
            continue;
        char letter = letter_for(&verb, row);
        std::string flag = letter != '\0' ? std::string(1, letter) : "-" + std::string(row.name);
        text.append(".Op Fl ").append(flag).append(value_of(row)).append("\n");
    }
    for (const Argument& argument : verb.arguments) {
        text.append(argument.optional ? ".Op Ar " : ".Ar ").append(lower(argument.name));
        text.append(argument.repeats ? " ...\n" : "\n");
    }
    if (!verb.others.empty())
        text.append(".Op Ar ").append(lower(verb.others)).append(" ...\n");
    return verb.command ? text + ".Op Oo Fl - Oc Ar command Op Ar arg ...\n" : text;
}

std::string synopses() {
    std::string text;
    for (const Verb& verb : verbs())
        if (!verb.hidden)
            text += synopsis_of(verb);
    return text;
}

std::string verb_items() {
    std::string text;
    for (const Verb& verb : verbs())
        if (!verb.hidden)
            text.append(".It Cm ").append(verb.name).append("\n").append(paragraph(verb.help, verb.details));
    return text;
}

// A letter that means several things is told apart by the verbs.
std::string verbs_of(const OptionRow& row) {
    bool shared = std::ranges::count(option_rows(), row.letter, &OptionRow::letter) > 1;
    if (row.letter == '\0' || row.apply == nullptr || !shared)
        return {};
    std::string text;
    for (const Verb& verb : verbs())
        if (!verb.hidden && takes(verb, row))
            text.append(text.empty() ? " Pq Cm " : " , Cm ").append(verb.name);
    return text;
}

std::string option_items() {
    std::string text;
    for (const OptionRow& row : option_rows()) {
        text.append(".It ");
        if (row.letter != '\0')
            text.append("Fl ").append(1, row.letter).append(value_of(row)).append(" , ");
        text.append("Fl -").append(row.name).append(value_of(row)).append(verbs_of(row)).append("\n");
        text.append(paragraph(row.help, row.details));
    }
    return text;
}

std::string filled(std::string_view line) {
    if (line == "@SYNOPSIS@\n")
        return synopses();
    if (line == "@VERBS@\n")
        return verb_items();
    if (line == "@OPTIONS@\n")
        return option_items();
    return std::string(line);
}

} // namespace

std::string manual(std::string_view page) {
    std::string result;
    while (!page.empty()) {
        size_t end = page.find('\n');
        size_t size = end == std::string_view::npos ? page.size() : end + 1;
        result += filled(page.substr(0, size));
        page.remove_prefix(size);
    }
    return result;
}

} // namespace shell
