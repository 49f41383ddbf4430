#include "shell/syntax/typed.hpp"

#include "pty/escape.hpp"
#include "shell/syntax/option_table.hpp"
#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace shell {
namespace {

// How the messages begin a command; its verb follows, then a blank or the other quote.
constexpr std::string_view opening = "'jconsole ";

// The verb that a command begins with, in two words or one; null where it is none.
const Verb* verb_of(std::string_view command) {
    const Verb* found = nullptr;
    for (const Verb& verb : verbs())
        if (command.starts_with(verb.name) && command.size() > verb.name.size() &&
            (command[verb.name.size()] == ' ' || command[verb.name.size()] == '\''))
            found = &verb;
    return found;
}

size_t longest_beginning() {
    size_t longest = 0;
    for (const Verb& verb : verbs())
        longest = std::max(longest, opening.size() + verb.name.size());
    return longest;
}

// How many bytes at the end may be the beginning of a command whose verb is not whole yet.
size_t unfinished(std::string_view text) {
    size_t most = std::min(text.size(), longest_beginning());
    std::string_view end = text.substr(text.size() - most);
    for (size_t quote = end.find('\''); quote != std::string_view::npos; quote = end.find('\'', quote + 1)) {
        std::string_view rest = end.substr(quote);
        if (opening.starts_with(rest))
            return rest.size();
        if (rest.starts_with(opening) && std::ranges::any_of(verbs(), [&](const Verb& verb) {
                return verb.name.starts_with(rest.substr(opening.size()));
            }))
            return rest.size();
    }
    return 0;
}

} // namespace

TypedCommands::TypedCommands(const Options& given)
    : config_(given.config.empty() ? "" : " -f " + pty::escape(typed(given.config))),
      host_(given.host ? " -H " + pty::escape(typed(*given.host)) : ""),
      router_(pty::escape(typed_router(given.router))) {}

std::string TypedCommands::options_for(const Verb& verb) const {
    std::string text;
    for (const auto& [name, option] : {std::pair("file", &config_), {"host", &host_}, {"router", &router_}})
        if (takes(verb, *find_option(name)))
            text.append(*option);
    return text;
}

std::string TypedCommands::all(std::string_view text) const {
    return whole(text, text.size());
}

// Of what stands before `end`. What stands behind it shows where a verb ends.
std::string TypedCommands::whole(std::string_view text, size_t end) const {
    std::string result;
    size_t done = 0;
    for (size_t found = 0; (found = text.find(opening, found)) < end;) {
        found += opening.size();
        const Verb* verb = verb_of(text.substr(found));
        if (verb == nullptr)
            continue;
        found += verb->name.size();
        result.append(text.substr(done, found - done)).append(options_for(*verb));
        done = found;
    }
    return result.append(text.substr(done, end - done));
}

std::string TypedCommands::take(std::string_view piece) {
    std::string text = std::move(held_).append(piece);
    size_t end = text.size() - unfinished(text);
    held_ = text.substr(end);
    return whole(text, end);
}

std::string TypedCommands::finish() {
    return all(std::exchange(held_, {}));
}

} // namespace shell
