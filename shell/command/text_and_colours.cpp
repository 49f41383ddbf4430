#include "shell/command/text_and_colours.hpp"

#include "pty/escape.hpp"

#include <algorithm>
#include <cstddef>

namespace shell {
namespace {

constexpr char escape = '\x1b';
constexpr char bell = '\x07';
constexpr char cancel = '\x18';
constexpr char substitute = '\x1a';

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

bool is_between(char c, char first, char last) {
    return c >= first && c <= last;
}

// Of a string that some sequences begin: to its terminator, or to what cancels it.
size_t string_length(std::string_view text, bool bell_ends_it) {
    for (size_t i = 2; i < text.size(); ++i) {
        if (text[i] == cancel || text[i] == substitute || (bell_ends_it && text[i] == bell))
            return i + 1;
        if (text[i] == escape)
            return std::min(i + (text.substr(i).starts_with("\x1b\\") ? 2 : 0), text.size());
    }
    return text.size();
}

// Of the sequence that begins with the escape at the front of `text` (ECMA-48, 5.3, 5.4 and 5.6).
size_t sequence_length(std::string_view text) {
    char kind = text.size() > 1 ? text[1] : '\0';
    if (std::string_view("]PX^_").find(kind) != std::string_view::npos)
        return string_length(text, kind == ']');
    size_t end = kind == '[' ? 2 : 1;
    char last_parameter = kind == '[' ? '?' : '/';
    while (end < text.size() && is_between(text[end], ' ', last_parameter))
        ++end;
    bool complete = end < text.size() && is_between(text[end], '0', '~');
    return complete ? end + 1 : end;
}

bool is_rendition(std::string_view sequence) {
    return sequence.starts_with("\x1b[") && sequence.ends_with('m') &&
           sequence.substr(2).find_first_not_of("0123456789;:") == sequence.size() - 3;
}

} // namespace

std::string text_and_colours(std::string_view output) {
    constexpr std::string_view places = "\n\r\t\b";
    std::string result;
    while (!output.empty()) {
        auto plain = static_cast<size_t>(std::ranges::find_if(output, is_control) - output.begin());
        result += pty::escape(output.substr(0, plain));
        output.remove_prefix(plain);
        if (output.empty())
            break;
        size_t length = output[0] == escape ? sequence_length(output) : 1;
        if (is_rendition(output.substr(0, length)) || places.find(output[0]) != std::string_view::npos)
            result += output.substr(0, length);
        output.remove_prefix(length);
    }
    if (result.empty())
        return result;
    return result + (result.ends_with('\n') ? "\x1b[m" : "\x1b[m\n");
}

} // namespace shell
