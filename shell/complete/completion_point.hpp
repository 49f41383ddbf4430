// Where a command line that nobody has finished yet ends, and what could stand there. Pure.
#pragma once

#include "shell/syntax/argument.hpp"
#include "shell/syntax/verbs.hpp"

#include <optional>
#include <string>
#include <vector>

namespace shell {

enum class Expected {
    value,      // of an option, or an argument of the verb: CompletionPoint::value
    option,     // the name of an option
    first_word, // a verb's, or a jail for `attach`
    program,    // the command behind the name or `--`, and its arguments
};

struct CompletionPoint {
    Expected expected = Expected::value;
    Argument value;                 // completes nothing: no word can stand here, or any
    std::string before;             // the part of the last word that stays: `--user=`, `-u`
    std::string typed;              // the rest of it
    const Verb* verb = nullptr;     // null: none is named yet
    std::vector<std::string> names; // the verb's arguments before the last word
    std::string router;             // values of options before the last word, or ""
    std::string config;
    std::optional<std::string> host; // nothing: not given

    // The jail that is named before the last word, or "".
    [[nodiscard]] std::string jail() const;
};

// The last of the words, which may be empty, is the one that is being typed. There is at least one.
CompletionPoint completion_point(const std::vector<std::string>& words);

} // namespace shell
