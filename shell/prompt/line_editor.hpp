// The line that a user types, by GNU readline: it has the keys that people have in their fingers, and their
// inputrc.
#pragma once

#include "shell/prompt/completion.hpp"

#include <string>
#include <vector>

namespace prompt {

struct Typed {
    enum class Kind {
        line,
        interrupted, // ^C: the line is given up
        end,         // ^D on an empty line, or the terminal is gone
    } kind = Kind::end;
    std::string text;
};

// There can be one, because readline has global state. Needs standard input and output on a terminal.
class LineEditor {
public:
    LineEditor(Completer completer, size_t history_bound);

    // ^Z stops the whole process group, as it does everywhere outside of a shell.
    Typed read(const std::string& prompt);

    // For the arrow keys and ^R. Doubles of the last line, and lines that begin with a space, are left out;
    // says whether it was kept.
    bool remember(const std::string& line);

    // Oldest first.
    [[nodiscard]] std::vector<std::string> history() const;
};

} // namespace prompt
