#include "jailcore/plan/fstab.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace jailcore {
namespace {

constexpr std::string_view blanks = " \t\f\v\r\n";
constexpr size_t needed_fields = 3;
constexpr size_t read_fields = 4;

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    for (size_t begin = line.find_first_not_of(blanks);
         begin != std::string_view::npos && fields.size() < read_fields;
         begin = line.find_first_not_of(blanks, begin)) {
        size_t end = std::min(line.find_first_of(blanks, begin), line.size());
        fields.push_back(line.substr(begin, end - begin));
        begin = end;
    }
    return fields;
}

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

// Takes an octal escape of up to three digits.
char take_octal(std::string_view& text) {
    unsigned value = 0;
    for (int i = 0; i < 3 && !text.empty() && is_octal(text.front()); ++i) {
        value = value * 8 + static_cast<unsigned>(text.front() - '0');
        text.remove_prefix(1);
    }
    return static_cast<char>(value & 0xffU);
}

char take_control(std::string_view& text) {
    char c = text[1];
    text.remove_prefix(2);
    return c == '?' ? '\x7f' : static_cast<char>(c & 0x1f);
}

// `M-c` and `M^c`: a byte above 0x7f.
std::optional<char> take_meta(std::string_view& text) {
    if (text.size() < 3 || (text[1] != '-' && text[1] != '^'))
        return {};
    bool control = text[1] == '^';
    text.remove_prefix(1);
    char c = text[1];
    if (control)
        c = take_control(text);
    else
        text.remove_prefix(2);
    return static_cast<char>(static_cast<unsigned char>(c) | 0x80U);
}

std::optional<char> take_escape(std::string_view& text) {
    constexpr std::string_view letters = "nrbavtfsE";
    constexpr std::string_view meanings = "\n\r\b\a\v\t\f \x1b";
    if (text.empty())
        return {};
    char c = text.front();
    if (is_octal(c))
        return take_octal(text);
    if (c == 'M')
        return take_meta(text);
    if (c == '^' && text.size() > 1)
        return take_control(text);
    text.remove_prefix(1);
    if (size_t found = letters.find(c); found != std::string_view::npos)
        return meanings[found];
    if (c > ' ' && c < '\x7f')
        return c;
    return {};
}

// vis(3) undone; nothing where it is malformed or hides a NUL, which no path can hold.
std::optional<std::string> unvis(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        char c = text.front();
        text.remove_prefix(1);
        if (c == '\\') {
            auto escaped = take_escape(text);
            if (!escaped)
                return {};
            c = *escaped;
        }
        if (c == '\0')
            return {};
        out.push_back(c);
    }
    return out;
}

FstabError line_error(std::string_view line, const char* what) {
    constexpr size_t shown = 200;
    return {std::string(line.substr(0, shown)) + ": " + what};
}

} // namespace

std::vector<std::string> options_of(std::string_view field) {
    std::vector<std::string> options;
    while (!field.empty()) {
        size_t comma = std::min(field.find(','), field.size());
        if (comma != 0)
            options.emplace_back(field.substr(0, comma));
        field.remove_prefix(std::min(comma + 1, field.size()));
    }
    return options;
}

std::variant<FstabBlank, FstabEntry, FstabError> parse_fstab_line(std::string_view line) {
    auto fields = fields_of(line);
    if (fields.empty())
        return FstabBlank{};
    std::optional<std::string> spec = unvis(fields[0]);
    std::optional<std::string> file = fields.size() > 1 ? unvis(fields[1]) : std::string();
    if (!spec || !file)
        return line_error(line, "fstab parse error");
    if (fields.size() < needed_fields)
        return line_error(line, "missing information");
    if (!file->starts_with('/'))
        return line_error(*file, "not an absolute pathname");
    FstabEntry entry{std::move(*spec), std::move(*file), std::string(fields[2]), {}, {}, 0};
    if (fields.size() == read_fields)
        entry.options = options_of(fields[3]);
    return entry;
}

Fstab parse_fstab(std::string_view content, std::string_view source) {
    Fstab fstab;
    for (unsigned number = 1; !content.empty(); ++number) {
        size_t end = std::min(content.find('\n'), content.size());
        std::string_view line = content.substr(0, end);
        content.remove_prefix(std::min(end + 1, content.size()));
        auto parsed = parse_fstab_line(line.substr(0, line.find('#')));
        if (auto* error = std::get_if<FstabError>(&parsed))
            fstab.errors.push_back(std::move(error->text));
        if (auto* entry = std::get_if<FstabEntry>(&parsed)) {
            entry->source = source;
            entry->line = number;
            fstab.entries.push_back(std::move(*entry));
        }
    }
    return fstab;
}

} // namespace jailcore
