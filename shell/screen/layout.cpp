#include "shell/screen/layout.hpp"

#include <algorithm>
#include <array>

namespace top {
namespace {

struct Fixed {
    Column column;
    std::string_view title;
    int width;
    Align align;
};

constexpr int name_least = 12;
constexpr int hostname_least = 10;

// In the order of the screen. Each has room for its title and the sign of the column that is sorted by.
constexpr std::array<Fixed, 6> fixed{{{Column::state, "STATE", 8, Align::left},
                                      {Column::cpu, "CPU%", 5, Align::right},
                                      {Column::memory, "MEM", 5, Align::right},
                                      {Column::processes, "PROC", 5, Align::right},
                                      {Column::sessions, "SESS", 5, Align::right},
                                      {Column::age, "AGE", 4, Align::right}}};

// What goes first where it is narrow.
constexpr std::array dropped{Column::age,   Column::sessions, Column::processes,
                             Column::state, Column::memory,   Column::cpu};

} // namespace

std::vector<PlacedColumn> place_columns(int width) {
    std::vector<Fixed> right(fixed.begin(), fixed.end());
    auto taken = [&right] {
        int sum = 0;
        for (const Fixed& column : right)
            sum += column.width + 1;
        return sum;
    };
    for (Column column : dropped)
        if (width - taken() < name_least)
            std::erase_if(right, [column](const Fixed& one) {
                return one.column == column;
            });
    int left = std::max(width - taken(), 1);
    int hostname = left - 1 >= 2 * hostname_least ? (left - 1) * 2 / 5 : 0;
    int name = hostname > 0 ? left - 1 - hostname : left;
    std::vector<PlacedColumn> placed{{Column::name, "JAIL", 0, name, Align::left}};
    if (hostname > 0)
        placed.push_back({Column::hostname, "HOSTNAME", name + 1, hostname, Align::left});
    int x = left + 1;
    for (const Fixed& column : right) {
        placed.push_back({column.column, column.title, x, column.width, column.align});
        x += column.width + 1;
    }
    return placed;
}

Regions place_regions(int rows, size_t lines, bool preview) {
    constexpr int with_header = 2;
    constexpr int with_footer = 3;
    constexpr int with_title = 5;
    constexpr int with_preview = 14;
    Regions regions;
    int top = 0;
    int bottom = rows;
    if (rows >= with_title)
        regions.title = top++;
    if (rows >= with_header)
        regions.header = top++;
    if (rows >= with_footer)
        regions.footer = --bottom;
    regions.list = top;
    regions.list_rows = std::max(bottom - top, 1);
    if (!preview || rows < with_preview)
        return regions;
    int half = regions.list_rows / 2;
    constexpr size_t least = 3;
    int needed = static_cast<int>(std::clamp(lines, least, static_cast<size_t>(half)));
    regions.preview = top + needed;
    regions.preview_rows = regions.list_rows - needed - 1;
    regions.list_rows = needed;
    return regions;
}

size_t scroll(size_t first, size_t selected, size_t lines, int list_rows) {
    auto rows = static_cast<size_t>(std::max(list_rows, 1));
    first = std::min(first, lines > rows ? lines - rows : 0);
    if (selected < first)
        return selected;
    return selected >= first + rows ? selected - rows + 1 : first;
}

} // namespace top
