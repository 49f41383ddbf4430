#include "shell/syntax/command_line.hpp"

#include "router/contract/target.hpp"
#include "shell/report.hpp"
#include "shell/syntax/help.hpp"
#include "shell/syntax/names.hpp"
#include "shell/syntax/option_word.hpp"
#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <tuple>
#include <utility>

namespace shell {
namespace {

namespace po = boost::program_options;

[[noreturn]] void refuse(std::string cause, std::string mend = "see jconsole --help") {
    throw FailureError({{}, {}, std::move(cause), std::move(mend)});
}

po::options_description boost_options(const Verb& verb) {
    po::options_description description;
    for (const OptionRow& row : option_rows()) {
        std::string names(row.name);
        if (char letter = letter_for(&verb, row); letter != '\0')
            names.append(",").append(1, letter);
        if (row.value.name.empty())
            description.add_options()(names.c_str(), "");
        else
            description.add_options()(names.c_str(), po::value<std::string>(), "");
    }
    return description;
}

struct Words {
    std::vector<std::pair<const OptionRow*, std::string>> options; // in order, so that the last -t or -T wins
    std::vector<std::string> positional;
};

bool is_option(std::string_view word) {
    return word.starts_with('-');
}

// Only options, with their values, go through Boost's parser, which for each word moves all that follow it.
std::vector<std::string> take_options(const Verb& verb, const std::vector<std::string>& arguments,
                                      std::vector<std::string>& others) {
    std::vector<std::string> options;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        (is_option(word) && word != "-" ? options : others).push_back(word);
        if (is_option(word) && option_word(&verb, word).next_word && i + 1 < arguments.size())
            options.push_back(arguments[++i]);
    }
    return options;
}

// Boost's parser alone, without its variables_map, which would refuse the `-tt` that people have in their
// fingers from ssh.
Words split_words(const Verb& verb, const std::vector<std::string>& arguments) {
    namespace style = po::command_line_style;
    Words words;
    try {
        auto description = boost_options(verb);
        auto options = take_options(verb, arguments, words.positional);
        auto parsed = po::command_line_parser(options)
                          .options(description)
                          .style(style::default_style & ~style::allow_guessing)
                          .run();
        for (const po::option& option : parsed.options)
            words.options.emplace_back(find_option(option.string_key),
                                       option.value.empty() ? std::string() : option.value.front());
    } catch (const po::error& error) {
        refuse(error.what(), verb.command
                                 ? "a console takes -t, -u USER, -d DIR and -e VAR=VALUE; see 'jconsole "
                                   "help attach'"
                                 : "see 'jconsole " + std::string(verb.name) + " --help'");
    }
    return words;
}

bool given(const Words& words, std::string_view name) {
    return std::ranges::any_of(words.options, [&](const auto& option) {
        return option.first->name == name;
    });
}

// Takes the verb's words from the front of `positional`; null where none is named. A verb wins over a jail of
// the same name.
const Verb* take_verb(std::vector<std::string>& positional) {
    for (size_t count : {size_t{2}, size_t{1}}) {
        if (positional.size() < count)
            continue;
        std::string name = count == 2 ? positional[0] + " " + positional[1] : positional[0];
        if (const Verb* verb = find_verb(name)) {
            positional.erase(positional.begin(), positional.begin() + static_cast<std::ptrdiff_t>(count));
            return verb;
        }
    }
    return nullptr;
}

// Where no verb is named, what begins as some of them do is no jail.
void refuse_half_verb(const std::vector<std::string>& positional) {
    const std::string& first = positional.front();
    std::string whole;
    for (const Verb* verb : verbs_behind(first))
        whole.append(whole.empty() ? "" : " or ").append("'jconsole " + std::string(verb->name) + "'");
    if (whole.empty())
        return;
    if (positional.size() > 1)
        refuse("'" + first + " " + positional[1] + "' is no verb", "type " + whole);
    refuse("'" + first + "' is no verb alone",
           "type " + whole + ", or 'jconsole attach " + first + "' for a jail of that name");
}

// The verb of a command line whose words name none.
const Verb& implied_verb(const std::vector<std::string>& positional) {
    if (!positional.empty())
        refuse_half_verb(positional);
    return *find_verb(positional.empty() ? "shell" : "attach");
}

// What --help asks about.
std::string subject_of_help(std::vector<std::string> positional) {
    std::string first = positional.front();
    if (const Verb* verb = take_verb(positional))
        return std::string(verb->name);
    return verbs_behind(first).empty() ? "attach" : first;
}

// NAME@HOST: the jail or the session, and for the whole command the host.
void take_hosts(Options& options) {
    const OptionRow& host = *find_option("host");
    for (size_t i = 0; i < options.names.size(); ++i) {
        std::string& name = options.names[i];
        size_t at = name.find('@');
        const Argument* argument = argument_at(*options.verb, i);
        if (at == std::string::npos || argument == nullptr || !can_be_far(*argument) ||
            !takes(*options.verb, host))
            continue;
        if (at + 1 == name.size())
            refuse("no host follows the @ of '" + name + "'");
        host.apply(options, name.substr(at + 1));
        name.resize(at);
        options.host_behind_name = true;
    }
}

bool is_choice(const Argument& argument, std::string_view word) {
    auto choices = words_of(argument.choices);
    return choices.empty() || std::ranges::find(choices, word) != choices.end();
}

// The first words that are neither options nor their values: two, or as many as there are. Before the verb
// stand options of attach, or of all verbs.
std::vector<std::string> first_words(const std::vector<std::string>& arguments) {
    std::vector<std::string> positional;
    for (size_t i = 0; i < arguments.size() && positional.size() < 2; ++i) {
        const std::string& word = arguments[i];
        if (!is_option(word))
            positional.push_back(word);
        else if (positional.empty() && option_word(find_verb("attach"), word).next_word)
            ++i;
    }
    return positional;
}

// The verb that the words are about: it must be known before they can be told apart, since letters mean
// different things to different verbs.
const Verb& find_subject(const std::vector<std::string>& arguments) {
    std::vector<std::string> positional = first_words(arguments);
    for (size_t count = positional.size(); count > 0; --count)
        if (const Verb* verb = find_verb(count == 2 ? positional[0] + " " + positional[1] : positional[0]))
            return *verb;
    return *find_verb("attach");
}

bool has_letter(const Verb& verb, char letter) {
    return std::ranges::any_of(option_rows(), [&](const OptionRow& row) {
        return takes(verb, row) && letter_for(&verb, row) == letter;
    });
}

// Ours, and what is in another program's language: what stands behind the jail's name, or from an option on
// that is none of ours. Options in whole words (--json) are ours everywhere.
std::pair<std::vector<std::string>, std::vector<std::string>>
part(const Verb& verb, const std::vector<std::string>& arguments) {
    std::pair<std::vector<std::string>, std::vector<std::string>> parted;
    auto& [ours, others] = parted;
    size_t names = static_cast<size_t>(std::ranges::count(verb.name, ' ')) + 1 + verb.arguments.size();
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        bool verb_stands = names <= verb.arguments.size();
        if (verb_stands && word.size() > 1 && word[0] == '-' && word[1] != '-' && !has_letter(verb, word[1]))
            names = 0;
        if (word.starts_with("--") || (names > 0 && word.starts_with('-'))) {
            ours.push_back(word);
            if (option_word(&verb, word).next_word && i + 1 < arguments.size())
                ours.push_back(arguments[++i]);
        } else if (names > 0) {
            ours.push_back(word);
            --names;
        } else {
            others.push_back(word);
        }
    }
    return parted;
}

// Where the command begins: at "--", or at the first word behind the jail's name that is no option, as with
// jexec(8) and ssh(1). From there on all words are the command's. The first half of a verb is no jail's name.
size_t find_command(const Verb& verb, const std::vector<std::string>& arguments) {
    auto first = first_words(arguments);
    if (!first.empty() && !verbs_behind(first[0]).empty())
        return static_cast<size_t>(std::ranges::find(arguments, "--") - arguments.begin());
    size_t names = verb.arguments.size() + (!first.empty() && find_verb(first[0]) == &verb ? 1 : 0);
    size_t place = 0;
    for (; place < arguments.size() && arguments[place] != "--"; ++place) {
        if (is_option(arguments[place]))
            place += option_word(&verb, arguments[place]).next_word ? 1U : 0U;
        else if (names-- == 0)
            break;
    }
    return std::min(place, arguments.size());
}

void check_arguments(const Verb& verb, const std::vector<std::string>& names) {
    std::string usage = "usage: " + synopsis(verb);
    if (names.size() < least_words(verb)) {
        const Argument& missing = *argument_at(verb, names.size());
        refuse(std::string(verb.name) + " needs " +
                   (is_jail(missing) ? "a jail's name" : std::string(missing.name)),
               usage);
    }
    for (size_t i = 0; i < names.size(); ++i) {
        const Argument* argument = argument_at(verb, i);
        if (argument == nullptr)
            refuse("'" + names[i] + "' is one word too many", usage);
        if (!is_choice(*argument, names[i]))
            refuse("'" + names[i] + "' is none of: " + std::string(argument->choices), usage);
        if (is_jail(*argument) && !contract::Target::from_text(names[i]) &&
            !(argument->patterns && is_jail_pattern(names[i])))
            refuse("'" + names[i] + "' is not a jail's name",
                   argument->patterns && names[i].find('*') != std::string::npos
                       ? "a * stands for a whole name, or a whole part between dots"
                       : name_rule);
    }
}

constexpr const char* usage_of_a_console = "usage: jconsole [options] NAME [[--] COMMAND [ARG...]]";

void check_command(const Options& options, const Verb* named) {
    if (options.verb->command || !options.verb->others.empty() || options.command.empty())
        return;
    if (named == nullptr) // nor a jail
        refuse("no jail is named before --", usage_of_a_console);
    refuse(std::string(options.verb->name) + " takes no command", "usage: " + synopsis(*options.verb));
}

// Whichever was typed.
std::string spelled(const OptionRow& row) {
    std::string name = "--" + std::string(row.name);
    return row.letter == '\0' ? name : std::string("-") + row.letter + ", " + name;
}

// Where no verb is named, nobody has typed the one that is meant.
[[noreturn]] void refuse_option(const Options& options, const OptionRow& row, const Verb* named) {
    if (named != nullptr)
        refuse(std::string(named->name) + " has no option " + spelled(row), "usage: " + synopsis(*named));
    if (options.names.empty())
        refuse("no jail and no verb is named for " + spelled(row), usage_of_a_console);
    refuse("a console in '" + options.names.front() + "' has no option " + spelled(row),
           "'jconsole help' lists the verbs, 'jconsole help attach' the options of a console");
}

void apply_options(Options& options, const Words& words, const Verb* named) {
    for (const auto& [row, value] : words.options) {
        if (!takes(*options.verb, *row))
            refuse_option(options, *row, named);
        if (row->apply != nullptr)
            row->apply(options, value);
    }
}

} // namespace

Options parse_options(const std::vector<std::string>& arguments) {
    std::vector<std::string> before(arguments.begin(), std::ranges::find(arguments, "--"));
    const Verb& subject = find_subject(before);
    if (subject.command)
        before.resize(find_command(subject, arguments));
    auto rest = arguments.begin() + static_cast<std::ptrdiff_t>(before.size());
    bool dashes = rest != arguments.end() && *rest == "--";
    Options options;
    if (!subject.others.empty())
        std::tie(before, options.command) = part(subject, before);
    Words words = split_words(subject, before);
    options.command.insert(options.command.end(), dashes ? rest + 1 : rest, arguments.end());
    if (given(words, "help") || given(words, "version")) {
        options.verb = find_verb(given(words, "help") ? "help" : "version");
        if (given(words, "help") && !words.positional.empty())
            options.names.push_back(subject_of_help(words.positional));
        return options;
    }
    const Verb* named = take_verb(words.positional);
    options.verb = named != nullptr ? named : &implied_verb(words.positional);
    options.perhaps_verb = named == nullptr && !dashes;
    options.names = std::move(words.positional);
    take_hosts(options);
    check_arguments(*options.verb, options.names);
    apply_options(options, words, named);
    check_command(options, named);
    if (dashes && options.command.empty())
        refuse("no command follows --", "usage: " + synopsis(*options.verb));
    return options;
}

} // namespace shell
