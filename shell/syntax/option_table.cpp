#include "shell/syntax/option_table.hpp"

#include "shell/report.hpp"
#include "shell/syntax/names.hpp"
#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <array>

namespace shell {
namespace {

void require(bool fine, std::string_view what, const std::string& value, std::string_view wanted) {
    if (!fine)
        throw FailureError({{},
                            {},
                            std::string(what) + " '" + value + "' is not " + std::string(wanted),
                            "see jconsole --help"});
}

void set_user(Options& options, const std::string& value) {
    size_t colon = value.find(':');
    std::string user = value.substr(0, colon);
    std::string group = colon == std::string::npos ? "" : value.substr(colon + 1);
    require(is_user_name(user) && (colon == std::string::npos || is_user_name(group)), "user", value,
            "USER or USER:GROUP, each a name or a number");
    options.user = user;
    options.group = group;
}

void set_directory(Options& options, const std::string& value) {
    require(value.starts_with('/'), "directory", value, "an absolute path");
    options.directory = value;
}

void add_environment(Options& options, const std::string& value) {
    require(is_assignment(value), "variable", value, "VAR=VALUE");
    options.environment.push_back(value);
}

void set_config(Options& options, const std::string& value) {
    require(!value.empty(), "file", value, "a path");
    options.config = value;
}

// What the helper is told by one letter.
template <char letter>
void tell(Options& options, const std::string&) {
    options.words.push_back({'-', letter});
}

void print_json(Options& options, const std::string&) {
    options.json = true;
    options.words.emplace_back("--json");
}

void tell_style(Options& options, const std::string& value) {
    options.words.push_back("--libxo=" + value);
}

void choose_jail(Options& options, const std::string& value) {
    require(!value.empty(), "jail", value, "a name or a jid");
    options.words.insert(options.words.end(), {"-j", value});
}

void limit_time(Options& options, const std::string& value) {
    constexpr size_t most_digits = 6;
    bool number = !value.empty() && value.size() <= most_digits &&
                  value.find_first_not_of("0123456789") == std::string::npos;
    require(number && std::stoi(value) > 0, "timeout", value, "a number of seconds above 0");
    options.words.insert(options.words.end(), {"-t", value});
}

void set_host(Options& options, const std::string& value) {
    if (options.host && *options.host != value)
        throw FailureError(
            {{},
             {},
             "one command goes to one host, not to '" + *options.host + "' and '" + value + "'",
             "give a command for each"});
    options.host = value;
}

constexpr auto general =
    std::to_array<OptionRow>({
        {.name = "terminal",
         .letter = 't',
         .help = "give the session a terminal in any case",
         .details = "Whatever standard input is.",
         .apply =
             [](Options& options, const std::string&) {
                 options.terminal = TerminalWish::forced;
             }},
        {.name = "no-terminal",
         .letter = 'T',
         .help = "give the session pipes",
         .details = "Standard output and standard error stay apart.",
         .apply =
             [](Options& options, const std::string&) {
                 options.terminal = TerminalWish::forbidden;
             }},
        {.name = "no-input",
         .letter = 'n',
         .help = "standard input is at its end",
         .details = "For background jobs, and loops whose input it would take otherwise.",
         .apply =
             [](Options& options, const std::string&) {
                 options.no_input = true;
             }},
        {.name = "user",
         .letter = 'u',
         .value = {.name = "USER[:GROUP]", .completes = Completes::user},
         .help = "user inside the jail, by name or number",
         .details = "Otherwise it is the superuser of the jail. With a GROUP, that is the only group.",
         .apply = set_user},
        {.name = "directory",
         .letter = 'd',
         .value = {.name = "DIR", .completes = Completes::directory_in_jail},
         .help = "working directory inside the jail",
         .details = "An absolute path; otherwise it is the home of the user.",
         .apply = set_directory},
        {.name = "environment",
         .letter = 'e',
         .value = {.name = "VAR=VALUE"},
         .help = "set a variable; may be repeated",
         .apply = add_environment},
        {.name = "file",
         .letter = 'f',
         .value = {.name = "FILE", .completes = Completes::file},
         .help = "configuration to use",
         .apply = set_config},
        {.name = "host",
         .letter = 'H',
         .value = {.name = "HOST", .completes = Completes::host},
         .help = "far host whose router to use, over ssh",
         .details =
             "As ssh://[USER@]HOST[:PORT], as [USER@]HOST, or by its name in the hosts file; otherwise "
             "it is that of JCONSOLE_HOST. An empty one is the host at hand.",
         .apply = set_host},
        {.name = "router",
         .value = {.name = "PATH", .completes = Completes::file},
         .help = "socket of the router to use",
         .details = "Such a router is never started on demand.",
         .apply =
             [](Options& options, const std::string& value) {
                 options.router = value;
             }},
        {.name = "repair",
         .help = "mend what the check finds",
         .details = "What cannot be mended is named all the same.",
         .apply =
             [](Options& options, const std::string&) {
                 options.words.emplace_back("--repair");
             }},
        {.name = "json", .help = "print JSON", .apply = print_json},
        {.name = "libxo",
         .value = {.name = "FORMAT", .completes = Completes::choice, .choices = "json json,pretty text"},
         .help = "print as FreeBSD does",
         .details = "To the letter, where --json has the name among the members and numbers for numbers.",
         .apply = tell_style},
        {.name = "verbose", .letter = 'v', .help = "say more", .apply = tell<'v'>},
        {.name = "raw",
         .help = "print what hooks print as it is",
         .details = "Otherwise what a terminal would obey of it is shown as \\x1b or \\u{202e}, but for line "
                    "feeds, tabs, and what goes to a file.",
         .apply =
             [](Options& options, const std::string&) {
                 options.raw = true;
             }},
        {.name = "help", .letter = 'h', .help = "print this help"},
        {.name = "version", .letter = 'V', .help = "print the version"},
    });

// Those whose letters mean something else to other verbs stand behind that.
constexpr auto particular = std::to_array<OptionRow>({
    {.name = "jail",
     .letter = 'j',
     .value = {.name = "JAIL", .completes = Completes::running_jail},
     .help = "the jail of that name or jid alone",
     .apply = choose_jail},
    {.name = "names",
     .letter = 'n',
     .help = "print name=value",
     .details = "Of a boolean its name, with no before the last part where it is false. Without a "
                "PARAMETER, all of them.",
     .apply = tell<'n'>},
    {.name = "header",
     .letter = 'h',
     .help = "print a line with the names first",
     .details = "Without a PARAMETER, all of them. The help of this verb is --help.",
     .apply = tell<'h'>},
    {.name = "quoted", .letter = 'q', .help = "quote values with blanks or quotes", .apply = tell<'q'>},
    {.name = "settable",
     .letter = 's',
     .help = "print what a configuration may say",
     .details = "As -nq, without what can only be read, or is not the jail's own.",
     .apply = tell<'s'>},
    {.name = "by-name", .letter = 'N', .help = "print the name, not the jid", .apply = tell<'N'>},
    {.name = "dying",
     .letter = 'd',
     .help = "list dying jails, too",
     .details = "On Linux no jail is ever dying: its processes are gone before it is.",
     .apply = tell<'d'>},
    {.name = "force",
     .letter = 'f',
     .help = "kill what does not end",
     .details = "With SIGKILL, after SIGTERM has been sent twice.",
     .apply = tell<'f'>},
    {.name = "no-script", .letter = 'k', .help = "do not run /etc/rc.shutdown", .apply = tell<'k'>},
    {.name = "quiet", .letter = 'q', .help = "say less", .apply = tell<'q'>},
    {.name = "timeout",
     .letter = 't',
     .value = {.name = "SECONDS"},
     .help = "to wait after each signal",
     .details = "Otherwise it is 3.",
     .apply = limit_time},
    {.name = "exists",
     .letter = 'c',
     .help = "print nothing, only tell by the status",
     .details = "Whether there is the jail that -j names: 0 or 1.",
     .apply = tell<'c'>},
});

constexpr auto table = [] {
    std::array<OptionRow, general.size() + particular.size()> rows{};
    std::ranges::copy(particular, std::ranges::copy(general, rows.begin()).out);
    return rows;
}();

} // namespace

std::span<const OptionRow> option_rows() {
    return table;
}

const OptionRow* find_option(std::string_view name) {
    const auto* found = std::ranges::find(table, name, &OptionRow::name);
    return found == table.end() ? nullptr : found;
}

bool takes(const Verb& verb, const OptionRow& row) {
    if (row.apply == nullptr)
        return true;
    auto words = words_of(verb.options);
    return std::ranges::find(words, row.name) != words.end();
}

char letter_for(const Verb* verb, const OptionRow& row) {
    auto has = [verb](const OptionRow& other) {
        return verb != nullptr && other.apply != nullptr && takes(*verb, other);
    };
    for (const OptionRow& other : table) {
        if (&other == &row || other.letter != row.letter)
            continue;
        bool earlier = &other < &row;
        if (has(other) == has(row) ? earlier : has(other))
            return '\0';
    }
    return row.letter;
}

} // namespace shell
