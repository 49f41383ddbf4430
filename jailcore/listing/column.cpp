#include "jailcore/listing/column.hpp"

#include "pty/escape.hpp"

#include <algorithm>

namespace jailcore {
namespace {

bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
}

std::string spaces_beyond(size_t used, size_t width) {
    std::string spaces(width > used ? width - used : 0, ' ');
    return spaces;
}

// Of text that is escaped, so that it is UTF-8.
std::string_view first(std::string_view text, size_t width) {
    size_t seen = 0;
    for (size_t i = 0; i < text.size(); ++i)
        if (starts_character(text[i]) && seen++ == width)
            return text.substr(0, i);
    return text;
}

} // namespace

size_t width_of(std::string_view shown) {
    return static_cast<size_t>(std::ranges::count_if(shown, starts_character));
}

std::string cut(std::string_view text, size_t width) {
    return std::string(first(pty::escape(text), width));
}

std::string cut_and_fill(std::string_view text, size_t width) {
    std::string shown = cut(text, width);
    return shown + spaces_beyond(width_of(shown), width);
}

std::string fill(std::string_view text, size_t width) {
    std::string shown = pty::escape(text);
    return shown + spaces_beyond(width_of(shown), width);
}

std::string fill_left(std::string_view text, size_t width) {
    std::string shown = pty::escape(text);
    return spaces_beyond(width_of(shown), width) + shown;
}

} // namespace jailcore
