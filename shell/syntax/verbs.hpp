// The table of verbs: what can be asked of jconsole. The command line, the help, the completions of the
// shells and the verb pages of the man page come from it: to add a verb is to add a row here, with its
// options in shell/syntax/option_table.cpp, and, unless it is simply asked of the router, what is done about
// it (shell/command/actions.hpp). What the router does has a row of the same name in
// router/contract/verbs.hpp.
#pragma once

#include "shell/syntax/argument.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace shell {

struct Verb {
    std::string_view name;                    // one word, or two
    std::span<const Argument> arguments = {}; // the optional ones last; only the last may repeat
    bool command = false;                     // `-- COMMAND` may follow
    bool list = false;                        // prints a list, which the prompt pages
    bool hidden = false;                      // for our own scripts: neither listed nor completed
    std::string_view others = {};             // what stands behind the arguments, in another language
    std::string_view options = {};            // long names of those it takes, separated by spaces
    std::string_view help = {};               // one line
    std::string_view details = {};            // whole sentences that go on from there; or ""
};

std::span<const Verb> verbs();

// The row with that name; null where there is none.
const Verb* find_verb(std::string_view name);

// Those of two words whose first one that is.
std::vector<const Verb*> verbs_behind(std::string_view first);

// What the word at that place, counted from 0, is to the verb; null where it is one too many.
const Argument* argument_at(const Verb& verb, size_t place);

// How many words the verb cannot do without.
size_t least_words(const Verb& verb);

} // namespace shell
