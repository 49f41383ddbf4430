// The table of options, which the verbs share (shell/syntax/verbs.hpp says which verb takes which). The
// command line, the help, the completions and the man page come from it.
#pragma once

#include "shell/syntax/argument.hpp"
#include "shell/syntax/options.hpp"

#include <span>
#include <string>
#include <string_view>

namespace shell {

struct OptionRow {
    std::string_view name;         // long, without its dashes
    char letter = '\0';            // '\0': none
    Argument value = {};           // without a name: the option takes none
    std::string_view help = {};    // one line
    std::string_view details = {}; // sentences that go on from there, for the man page; or ""
    // Stores the value. Throws FailureError where it is none. Null: help and version, which stand above the
    // verbs.
    void (*apply)(Options& options, const std::string& value) = nullptr;
};

std::span<const OptionRow> option_rows();

// The row of that long name; null where there is none.
const OptionRow* find_option(std::string_view name);

bool takes(const Verb& verb, const OptionRow& row);

// The letter of that option on the command line of `verb`, where it is the verb's own option or no other of
// them has the letter; '\0' where there is none. Without a verb, the first row that has the letter keeps it.
char letter_for(const Verb* verb, const OptionRow& row);

} // namespace shell
