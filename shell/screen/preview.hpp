// What a session's terminal shows, worked out from its output by libvterm: cells of characters and colours,
// of which none can do anything to the user's terminal.
#pragma once

#include "shell/screen/colour.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct VTerm;
struct VTermScreen;

namespace top {

struct Cell {
    std::wstring text; // one character and what combines with it; empty: blank
    int width = 1;     // columns; the one behind a wide character is left out
    bool bold = false, underline = false, italic = false, blink = false, reverse = false;
    Colour foreground, background;
};

// A cell as libvterm has it, in a form that another process can hand over.
struct RawCell {
    std::array<uint32_t, 6> characters{}; // up to the first 0
    uint8_t width = 1;
    uint8_t bold = 0, underline = 0, italic = 0, blink = 0, reverse = 0;
    Colour foreground, background;
};

// What can be shown of it, whoever made it.
Cell cell_of(const RawCell& raw);

// A terminal's screen at one moment.
struct Picture {
    int rows = 0;
    int columns = 0;
    int cursor_row = 0;
    std::string title; // that the program has set, as it came; "": none
    std::vector<RawCell> cells;

    // Of a place that is within its size.
    [[nodiscard]] Cell cell(int row, int column) const;
    [[nodiscard]] std::string pack() const;
};

// Nothing where it is not as pack() makes it: a process that read what a jail wrote may have been made to say
// anything.
std::optional<Picture> unpack_picture(std::string_view packed);

class Preview {
public:
    // Of a terminal of that size; what makes no sense is brought into bounds.
    Preview(int rows, int columns);
    ~Preview();
    Preview(const Preview&) = delete;
    Preview& operator=(const Preview&) = delete;

    void feed(std::string_view output);

    [[nodiscard]] int rows() const { return rows_; }
    [[nodiscard]] int columns() const { return columns_; }
    [[nodiscard]] Cell cell(int row, int column) const;
    [[nodiscard]] int cursor_row() const;
    // That the program has set, as it came; "": none.
    [[nodiscard]] const std::string& title() const { return title_; }
    [[nodiscard]] Picture picture() const;

private:
    struct Callbacks;

    [[nodiscard]] RawCell raw_cell(int row, int column) const;

    int rows_;
    int columns_;
    VTerm* terminal_;
    VTermScreen* screen_;
    std::string title_;
};

} // namespace top
