// What TAB adds to a line. Pure.
#pragma once

#include "shell/prompt/words.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace prompt {

// The line up to the cursor: the words before the one that is being typed, and that one, without their
// quotes.
struct Unfinished {
    std::vector<std::string> before;
    std::string current;
    Open open = Open::none;
};

Unfinished unfinished(std::string_view line);

// Whole words that `current` could become. May be anything: a jail can have chosen them.
using Completer = std::function<std::vector<std::string>(const Unfinished& line)>;

struct Completion {
    std::string common;             // what all candidates go on with: to be added, already quoted
    std::vector<std::string> shown; // to be read, escaped; of a path its last part only
    std::vector<std::string> added; // what each would add, quoted; "" where nobody could see what it is
    bool finished = false;          // there is one, and it is a whole word
};

// Candidates that do not begin with what is typed are left out, and so are doubles. A candidate ends its word
// unless its last character is a / or =. Characters that are shown escaped are never added: the user would
// not see them.
Completion complete(const Unfinished& line, std::vector<std::string> candidates);

} // namespace prompt
