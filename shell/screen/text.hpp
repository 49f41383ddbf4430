// Text in columns of a terminal: what a jail chose is escaped, and widths count columns, not characters. Pure
// but for the locale, which says what can be shown and how wide it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace top {

// Of UTF-8 or of anything. What the locale cannot show is a question mark.
std::wstring visible(std::string_view text);

// `1 jail`, `2 jails`.
std::string counted(size_t count, const std::string& one, const std::string& ending = "s");

// Columns that it takes.
int width(std::wstring_view text);

enum class Align : uint8_t { left, right };

// Exactly `columns` wide (0 and less: empty): filled up with blanks, or cut, and then its last column is `~`.
std::wstring fit(std::wstring_view text, int columns, Align align = Align::left);

// In lines of at most `columns`, broken at blanks where there are any.
std::vector<std::wstring> wrap(std::wstring_view text, int columns);

// 999K, 1.5G: at most five columns.
std::string memory_text(uint64_t bytes);

// 59s, 3m, 5h, 12d: at most four columns up to 27 years.
std::string age_text(uint64_t seconds);

// 12.5, 100; at most five columns below 100000 %; "-" for nothing.
std::string cpu_text(std::optional<double> percent);

} // namespace top
