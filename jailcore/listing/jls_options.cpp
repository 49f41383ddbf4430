#include "jailcore/listing/jls_options.hpp"

#include "jailcore/listing/jail_parameters.hpp"
#include "jailcore/listing/refusal.hpp"
#include "jailcore/listing/words.hpp"

#include <algorithm>
#include <iterator>

namespace jailcore {
namespace {

constexpr const char* usage = "usage: jconsole ls [-dhNnqsv] [-j JAIL] [PARAMETER...], or ls -c -j JAIL";

enum LongOption : int { json = Words::first_long, libxo };

constexpr option long_options[] = {{"json", no_argument, nullptr, json},
                                   {"libxo", required_argument, nullptr, libxo},
                                   {"verbose", no_argument, nullptr, 'v'},
                                   {nullptr, 0, nullptr, 0}};

[[noreturn]] void refuse(const std::string& cause, const std::string& mend = usage) {
    throw ListingRefusal("ls: " + cause + "; " + mend);
}

// What each letter takes back of those before it: usr.sbin/jls/jls.c, main().
void apply(JlsOptions& options, int letter, const Words& words) {
    switch (letter) {
    case 'c':
        options.check = true;
        return;
    case 'd':
        options.dying = true;
        return;
    case 'h':
        options.header = true;
        options.configurable = options.verbose = false;
        return;
    case 'j':
        options.jail = optarg;
        return;
    case 'N':
        options.by_name = true;
        return;
    case 'n':
        options.assignments = true;
        options.verbose = false;
        return;
    case 'q':
        options.quoted = true;
        return;
    case 's':
        options.assignments = options.quoted = options.configurable = true;
        options.header = options.verbose = false;
        return;
    case 'v':
        options.verbose = true;
        options.header = options.assignments = options.configurable = false;
        return;
    case json:
        options.style = ListStyle::json;
        return;
    case libxo:
        options.style = libxo_style("ls", optarg);
        return;
    case ':':
        refuse("option " + words.refused() + " needs a value");
    default:
        refuse("unknown option " + words.refused());
    }
}

void add_parameter(std::vector<std::string>& parameters, const std::string& name) {
    if (std::ranges::find(parameters, name) == parameters.end())
        parameters.push_back(name);
}

// `all` is every parameter; each is shown once.
std::vector<std::string> checked(const std::vector<std::string>& words) {
    std::vector<std::string> parameters;
    for (const std::string& word : words) {
        if (word == "all") {
            for (const ListedParameter& row : listed_parameters())
                add_parameter(parameters, row.name);
        } else if (find_listed(word) == nullptr) {
            refuse("unknown parameter: " + word,
                   "'jconsole ls -h' names those of a jail here, and -j JAIL lists that one alone");
        } else {
            add_parameter(parameters, word);
        }
    }
    return parameters;
}

} // namespace

ListStyle libxo_style(std::string_view verb, std::string_view value) {
    if (value == "text")
        return ListStyle::text;
    if (value == "json")
        return ListStyle::libxo;
    if (value == "json,pretty" || value == "pretty,json")
        return ListStyle::libxo_pretty;
    throw ListingRefusal(std::string(verb) + ": --libxo " + std::string(value) +
                         " is not made here; give text, json or json,pretty");
}

JlsOptions parse_jls(const std::vector<std::string>& list) {
    JlsOptions options;
    Words words(list);
    int letter = 0;
    while ((letter = words.next(":cdhj:Nnqsv", long_options)) != -1)
        apply(options, letter, words);
    std::vector<std::string> parameters = words.rest();
    if (options.check && (!options.jail || !parameters.empty() || options.header || options.quoted ||
                          options.assignments || options.verbose || options.by_name))
        refuse("-c goes with -j and nothing else that shows something");
    if (parameters.empty() && (options.header || options.assignments))
        parameters.emplace_back("all");
    if (!parameters.empty())
        options.verbose = false;
    options.parameters = checked(parameters);
    return options;
}

} // namespace jailcore
