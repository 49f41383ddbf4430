#include "jailcore/listing/column.hpp"

#include "pty/escape.hpp"

#include <cwchar>

namespace jailcore {
namespace {

size_t columns_of(char32_t character) {
    int columns = (::wcwidth)(static_cast<wchar_t>(character)); // no macro: that of FreeBSD takes an int
    return columns < 0 ? 1 : static_cast<size_t>(columns);
}

std::string spaces_beyond(size_t used, size_t width) {
    std::string spaces(width > used ? width - used : 0, ' ');
    return spaces;
}

// Of text that is escaped, so that it is UTF-8.
std::string_view first(std::string_view text, size_t width) {
    size_t used = 0;
    for (std::string_view rest = text; !rest.empty();) {
        size_t end = text.size() - rest.size();
        used += columns_of(pty::take_character(rest));
        if (used > width)
            return text.substr(0, end);
    }
    return text;
}

} // namespace

size_t width_of(std::string_view shown) {
    size_t width = 0;
    while (!shown.empty())
        width += columns_of(pty::take_character(shown));
    return width;
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
