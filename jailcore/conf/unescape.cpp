#include "jailcore/conf/unescape.hpp"

#include <algorithm>

namespace jailcore::conf {
namespace {

// The value of a digit of this base, or -1.
int digit(char c, int base) {
    int value = -1;
    if (c >= '0' && c <= '9')
        value = c - '0';
    else if (c >= 'a' && c <= 'f')
        value = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
        value = c - 'A' + 10;
    return value < base ? value : -1;
}

struct Number {
    size_t digits = 0;
    char value = '\0'; // its low eight bits
};

Number number(std::string_view text, int base, size_t most) {
    Number found;
    int value = 0;
    while (found.digits < std::min(most, text.size()) && digit(text[found.digits], base) >= 0)
        value = value * base + digit(text[found.digits++], base);
    found.value = static_cast<char>(value & 0xff);
    return found;
}

char named(char c) {
    switch (c) {
    case 'a':
        return '\a';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    default:
        return c;
    }
}

} // namespace

size_t escape_length(std::string_view text) {
    if (text.size() < 2)
        return 1;
    size_t octal = number(text.substr(1), 8, 3).digits;
    if (octal != 0)
        return 1 + octal;
    return text[1] == 'x' ? 2 + number(text.substr(2), 16, 2).digits : 2;
}

std::string unescape(std::string_view text, size_t left, size_t right) {
    std::string out;
    size_t end = text.size() - right;
    for (size_t i = left; i < end;) {
        if (text[i] != '\\') {
            out.push_back(text[i++]);
            continue;
        }
        ++i;
        // A variable may end with `\}`: the brace then ends the variable and is what the backslash stands
        // before.
        char c = i < text.size() ? text[i] : '\0';
        std::string_view inside = i < end ? text.substr(i, end - i) : std::string_view{};
        if (Number octal = number(inside, 8, 3); octal.digits != 0) {
            out.push_back(octal.value);
            i += octal.digits;
        } else if (c == 'x' && !inside.empty()) {
            Number hex = number(inside.substr(1), 16, 2);
            out.push_back(hex.value);
            i += 1 + hex.digits;
        } else {
            if (c != '\n')
                out.push_back(named(c));
            ++i;
        }
    }
    out.resize(std::min(out.find('\0'), out.size()));
    return out;
}

} // namespace jailcore::conf
