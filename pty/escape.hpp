// Text that somebody hostile may have chosen (the name of a process in a jail, a host name, a title), made
// safe to show on a terminal: it can neither move the cursor, nor hide, reorder or break a line.
#pragma once

#include <string>
#include <string_view>

namespace pty {

// C0 controls, DEL and bytes that are not UTF-8 as \xNN; C1 controls, line separators, invisible and
// bidirectional formatting characters as \u{N}; all else as it is. A backslash stays: this is for eyes, not
// for reading back.
std::string escape(std::string_view text);

// The same for lines that come in pieces, of any length, cut anywhere: line feeds and tabs stay.
class EscapedLines {
public:
    // All but the first bytes of a character whose others may be in the next piece.
    std::string take(std::string_view piece);
    // What was held back.
    std::string finish();

private:
    std::string held_;
};

// Only the bytes that are not UTF-8 as \xNN: for JSON, which has escapes of its own for the rest.
std::string escape_invalid(std::string_view text);

// Takes the first character off text that is UTF-8, such as escape() returns.
char32_t take_character(std::string_view& text);

// Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

} // namespace pty
