#include "shell/syntax/help.hpp"

#include "shell/syntax/option_table.hpp"

#include <algorithm>
#include <string_view>

namespace shell {
namespace {

std::string shown(const Argument& argument) {
    std::string text(argument.name);
    if (argument.repeats)
        text.append("...");
    return argument.optional ? "[" + text + "]" : text;
}

std::string arguments_of(const Verb& verb) {
    std::string text;
    for (const Argument& argument : verb.arguments)
        text.append(" ").append(shown(argument));
    if (!verb.others.empty())
        text.append(" [").append(verb.others).append("...]");
    return verb.command ? text + " [[--] COMMAND [ARG...]]" : text;
}

// The sentences in lines of at most 78 columns, indented by two.
std::string fold(std::string_view text) {
    constexpr size_t width = 76;
    std::string folded;
    while (!text.empty()) {
        size_t end = text.size() <= width ? text.size() : text.rfind(' ', width);
        folded.append("  ").append(text.substr(0, end)).append("\n");
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return folded;
}

} // namespace

std::string describe_options(const Verb* verb) {
    std::string text;
    for (const OptionRow& row : option_rows()) {
        if (verb != nullptr && !takes(*verb, row))
            continue;
        char letter = letter_for(verb, row);
        std::string line = letter != '\0' ? std::string("  -") + letter + ", " : "      ";
        line.append("--").append(row.name);
        if (!row.value.name.empty())
            line.append(" ").append(row.value.name);
        constexpr size_t column = 33;
        line.resize(std::max(line.size() + 1, column), ' ');
        text.append(line).append(row.help).append("\n");
    }
    return text;
}

std::string synopsis(const Verb& verb) {
    return "jconsole " + std::string(verb.name) + " [options]" + arguments_of(verb);
}

std::string help_text(const Verb* verb) {
    if (verb != nullptr)
        return synopsis(*verb) + "\n  " + std::string(verb->help) + "\n" + fold(verb->details) +
               "\nOptions:\n" + describe_options(verb);
    std::string text = "jconsole [options] NAME [[--] COMMAND [ARG...]]\n"
                       "jconsole VERB [options] [ARG...]\n"
                       "  A console in the jail NAME, or what the verb says.\n\nVerbs:\n";
    for (const Verb& row : verbs()) {
        if (row.hidden)
            continue;
        std::string line = "  " + std::string(row.name) + arguments_of(row);
        constexpr size_t column = 37;
        line.resize(std::max(line.size() + 1, column), ' ');
        text.append(line).append(row.help).append("\n");
    }
    return text + "\nOptions:\n" + describe_options(nullptr);
}

} // namespace shell
