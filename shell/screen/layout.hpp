// Where things stand on a screen of any size. Pure.
#pragma once

#include "shell/screen/model.hpp"
#include "shell/screen/text.hpp"

#include <string_view>
#include <vector>

namespace top {

struct PlacedColumn {
    Column column{};
    std::string_view title;
    int x = 0;
    int width = 0;
    Align align{};
};

// The columns that fit into `width`, from the left. The name always does; what matters least goes first.
std::vector<PlacedColumn> place_columns(int width);

// Rows of the screen; -1 and 0 rows: not there.
struct Regions {
    int title = -1;
    int header = -1;
    int list = 0;
    int list_rows = 1;
    int preview = -1; // its title; its rows follow
    int preview_rows = 0;
    int footer = -1;
};

// `lines`: how many the list has. The preview gets what the list does not need, and at least half.
Regions place_regions(int rows, size_t lines, bool preview);

// The first line of the list that is shown, so that `selected` is: as little as possible away from `first`.
size_t scroll(size_t first, size_t selected, size_t lines, int list_rows);

} // namespace top
