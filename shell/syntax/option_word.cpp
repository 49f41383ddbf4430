#include "shell/syntax/option_word.hpp"

#include <algorithm>

namespace shell {
namespace {

bool has_value(const OptionRow& row) {
    return !row.value.name.empty();
}

// `--user=`, which ends its word, has an empty value; `--user` has it in the next word.
OptionWord long_option(std::string_view word) {
    constexpr size_t dashes = 2;
    size_t equals = std::min(word.find('='), word.size());
    const OptionRow* row = find_option(word.substr(dashes, equals - dashes));
    if (row == nullptr || !has_value(*row))
        return {};
    return {row, std::min(equals + 1, word.size()), equals == word.size()};
}

} // namespace

OptionWord option_word(const Verb* verb, std::string_view word) {
    if (word.starts_with("--"))
        return long_option(word);
    // What stands behind the first letter that takes a value is the value, letters and all.
    for (size_t i = 1; i < word.size(); ++i) {
        auto found = std::ranges::find_if(option_rows(), [&](const OptionRow& row) {
            return letter_for(verb, row) == word[i];
        });
        if (found == option_rows().end())
            return {};
        if (has_value(*found))
            return {&*found, i + 1, i + 1 == word.size()};
    }
    return {};
}

} // namespace shell
