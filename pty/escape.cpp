#include "pty/escape.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace pty {
namespace {

struct Decoded {
    size_t length = 0; // bytes; 0: the first byte begins no character
    uint32_t character = 0;
};

struct Range {
    uint32_t first;
    uint32_t last;
};

// What a terminal obeys, hides or reorders by: C1, soft hyphen, Arabic letter mark, Mongolian vowel
// separator, zero-width and directional marks, separators and directional embeddings, joiners and isolates,
// byte order mark, interlinear annotation, tags.
constexpr std::array<Range, 10> unsafe{{{0x80, 0x9f},
                                        {0xad, 0xad},
                                        {0x61c, 0x61c},
                                        {0x180e, 0x180e},
                                        {0x200b, 0x200f},
                                        {0x2028, 0x202e},
                                        {0x2060, 0x206f},
                                        {0xfeff, 0xfeff},
                                        {0xfff9, 0xfffb},
                                        {0xe0000, 0xe007f}}};

bool is_unsafe(uint32_t character) {
    if (character < 0x80)
        return character < 0x20 || character == 0x7f;
    for (const Range& range : unsafe)
        if (character >= range.first && character <= range.last)
            return true;
    return false;
}

uint8_t byte_at(std::string_view text, size_t index) {
    return static_cast<uint8_t>(text[index]);
}

// The smallest character that needs a sequence of this length: below it, the sequence is overlong.
constexpr std::array<uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};

Decoded decode(std::string_view text) {
    uint8_t lead = byte_at(text, 0);
    if (lead < 0x80)
        return {1, lead};
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length)
        return {};
    uint32_t character = lead & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        uint8_t next = byte_at(text, i);
        if ((next & 0xc0) != 0x80)
            return {};
        character = character << 6 | (next & 0x3fU);
    }
    bool surrogate = character >= 0xd800 && character <= 0xdfff;
    if (character < smallest[length] || character > 0x10ffff || surrogate)
        return {};
    return {length, character};
}

void append_escaped(std::string& out, uint32_t character, size_t length) {
    std::array<char, 16> buffer{};
    const char* format = length < 2 ? "\\x%02x" : "\\u{%x}";
    int size = std::snprintf(buffer.data(), buffer.size(), format, character);
    out.append(buffer.data(), static_cast<size_t>(size));
}

// What is to be seen of a control or formatting character.
enum class Unsafe { kept, escaped, escaped_but_lines };

bool is_kept(uint32_t character, Unsafe what) {
    if (what == Unsafe::escaped_but_lines && (character == '\n' || character == '\t'))
        return true;
    return what == Unsafe::kept || !is_unsafe(character);
}

// Takes the first character off `text`.
void take_escaped(std::string& out, std::string_view& text, Unsafe what) {
    Decoded next = decode(text);
    size_t length = next.length != 0 ? next.length : 1;
    if (next.length == 0)
        append_escaped(out, byte_at(text, 0), 0);
    else if (is_kept(next.character, what))
        out.append(text.substr(0, length));
    else
        append_escaped(out, next.character, length);
    text.remove_prefix(length);
}

std::string escape_all(std::string_view text, Unsafe what) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty())
        take_escaped(out, text, what);
    return out;
}

// Whether more bytes could make it a character.
bool is_unfinished(std::string_view text) {
    uint8_t lead = byte_at(text, 0);
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() >= length)
        return false;
    return std::ranges::all_of(text.substr(1), [](char next) {
        return (static_cast<uint8_t>(next) & 0xc0) == 0x80;
    });
}

} // namespace

std::string escape(std::string_view text) {
    return escape_all(text, Unsafe::escaped);
}

std::string escape_invalid(std::string_view text) {
    return escape_all(text, Unsafe::kept);
}

std::string EscapedLines::take(std::string_view piece) {
    held_.append(piece);
    std::string_view text = held_;
    std::string out;
    out.reserve(text.size());
    while (!text.empty() && !is_unfinished(text))
        take_escaped(out, text, Unsafe::escaped_but_lines);
    held_.erase(0, held_.size() - text.size());
    return out;
}

std::string EscapedLines::finish() {
    std::string out = escape(held_);
    held_.clear();
    return out;
}

char32_t take_character(std::string_view& text) {
    Decoded next = decode(text);
    text.remove_prefix(next.length != 0 ? next.length : 1);
    return next.character;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        Decoded next = decode(text);
        if (next.length == 0)
            return false;
        text.remove_prefix(next.length);
    }
    return true;
}

} // namespace pty
