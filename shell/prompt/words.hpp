// A line of commands, cut into words and quoted as in a POSIX shell (XCU 2.2). Nothing is expanded: $, * and
// ~ are ordinary characters. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace prompt {

struct Word {
    std::string text;    // without its quotes
    size_t begin = 0;    // where it stands in the line, quotes included
    size_t end = 0;      // one past its last character
    bool quoted = false; // some of it, at least
};

// What the end of the line is inside of. All but `none` ask for another line.
enum class Open { none, single_quote, double_quote, backslash };

struct Line {
    std::vector<Word> words;
    Open open = Open::none;
    char meaningless = '\0'; // the first unquoted character that a POSIX shell would take for an operator
};

// A # where a word could begin starts a comment.
Line split(std::string_view text);

// Whether a command needs another line: a quote is open, or a backslash ends it. What follows ! is for
// another shell.
bool wants_more(std::string_view text);

// The commands of a text that was pasted: of one line each, and the lines that its quotes need.
std::vector<std::string> commands_of(std::string_view text);

// `rest` as it must be typed to continue a word whose end is inside of `open`, and, where `last`, to end it.
std::string quote_rest(std::string_view rest, Open open, bool last);

} // namespace prompt
