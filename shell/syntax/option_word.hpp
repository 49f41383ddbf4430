// A word that begins with a dash, taken apart as the parser of the command line does. Pure.
#pragma once

#include "shell/syntax/option_table.hpp"

#include <cstddef>
#include <string_view>

namespace shell {

struct OptionWord {
    const OptionRow* row = nullptr; // the option in it that takes a value; null where none does
    size_t value = 0;               // where that begins in the word
    bool next_word = false;         // it is the next word instead
};

// The letters mean what `verb` means by them; without a verb, what the first option means that has one.
OptionWord option_word(const Verb* verb, std::string_view word);

} // namespace shell
