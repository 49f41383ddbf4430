// Texts in fixed-layout messages and records: NUL-terminated, in a field of a fixed size.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace pty {

// Copies as much of `text` as fits, always NUL-terminated.
template <size_t size>
void set_text(char (&field)[size], std::string_view text) {
    size_t length = std::min(text.size(), size - 1);
    std::copy_n(text.data(), length, field);
    field[length] = '\0';
}

// The text of a field that somebody else filled in: stops at the field's end where there is no NUL.
template <size_t size>
std::string_view get_text(const char (&field)[size]) {
    return {field, static_cast<size_t>(std::find(field, field + size, '\0') - field)};
}

} // namespace pty
