#include "shell/screen/text.hpp"

#include "pty/escape.hpp"

#include <array>
#include <cstdio>
#include <cwchar>

namespace top {
namespace {

int width_of(wchar_t character) {
    int columns = (::wcwidth)(character); // no macro: that of FreeBSD takes an int
    return columns < 0 ? 1 : columns;
}

} // namespace

std::wstring visible(std::string_view text) {
    std::string safe = pty::escape(text);
    std::string_view rest = safe;
    std::wstring result;
    while (!rest.empty()) {
        auto character = static_cast<wchar_t>(pty::take_character(rest));
        int columns = (::wcwidth)(character);
        // A mark that combines needs something to combine with.
        bool shown = columns > 0 || (columns == 0 && !result.empty());
        result.push_back(shown ? character : L'?');
    }
    return result;
}

std::string counted(size_t count, const std::string& one, const std::string& ending) {
    return std::to_string(count) + " " + one + (count == 1 ? "" : ending);
}

int width(std::wstring_view text) {
    int columns = 0;
    for (wchar_t character : text)
        columns += width_of(character);
    return columns;
}

std::wstring fit(std::wstring_view text, int columns, Align align) {
    if (columns <= 0)
        return {};
    int whole = width(text);
    auto filler = [](int count) {
        return std::wstring(static_cast<size_t>(count), L' ');
    };
    if (whole <= columns)
        return align == Align::left ? std::wstring(text) + filler(columns - whole)
                                    : filler(columns - whole) + std::wstring(text);
    std::wstring cut;
    int used = 0;
    for (wchar_t character : text) {
        if (used + width_of(character) > columns - 1)
            break;
        used += width_of(character);
        cut.push_back(character);
    }
    return cut + filler(columns - 1 - used) + L'~';
}

std::vector<std::wstring> wrap(std::wstring_view text, int columns) {
    std::vector<std::wstring> lines;
    while (!text.empty()) {
        size_t size = 1;
        while (size < text.size() && width(text.substr(0, size + 1)) <= columns)
            ++size;
        size_t blank = size < text.size() ? text.rfind(L' ', size) : std::wstring_view::npos;
        bool at_blank = blank != std::wstring_view::npos && blank > 0;
        lines.emplace_back(text.substr(0, at_blank ? blank : size));
        text.remove_prefix(at_blank ? blank + 1 : size);
    }
    return lines;
}

std::string memory_text(uint64_t bytes) {
    constexpr std::array units{'B', 'K', 'M', 'G', 'T', 'P', 'E'};
    constexpr double step = 1024;
    constexpr double ten = 9.95; // shown as 10.0 from here
    constexpr double thousand = 999.5;
    auto amount = static_cast<double>(bytes);
    size_t unit = 0;
    while (amount >= thousand && unit + 1 < units.size()) {
        amount /= step;
        ++unit;
    }
    std::array<char, 32> text{};
    const char* format = amount < ten && unit > 0 ? "%.1f%c" : "%.0f%c";
    std::snprintf(text.data(), text.size(), format, amount, units[unit]);
    return text.data();
}

std::string age_text(uint64_t seconds) {
    constexpr uint64_t minute = 60;
    constexpr uint64_t hour = 60 * minute;
    constexpr uint64_t day = 24 * hour;
    if (seconds < minute)
        return std::to_string(seconds) + "s";
    if (seconds < hour)
        return std::to_string(seconds / minute) + "m";
    if (seconds < day)
        return std::to_string(seconds / hour) + "h";
    return std::to_string(seconds / day) + "d";
}

std::string cpu_text(std::optional<double> percent) {
    if (!percent)
        return "-";
    constexpr double hundred = 99.95; // shown as 100 from here
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), *percent < hundred ? "%.1f" : "%.0f", *percent);
    return text.data();
}

} // namespace top
