// The terminal under ncurses: taken, given back, and written to in cells. One at a time.
#pragma once

#include "shell/screen/colour.hpp"
#include "shell/screen/sequence.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace top {

struct Style {
    bool bold = false, dim = false, underline = false, italic = false, blink = false, reverse = false;
    Colour foreground = {}, background = {};
};

// A key, or an event of the mouse.
struct Key {
    enum class Kind : uint8_t { none, character, special, mouse, resize };
    Kind kind = Kind::none;
    wchar_t character = 0; // control characters, too
    int special = 0;       // KEY_… of curses.h
    int row = 0;           // of the mouse
    int column = 0;
    enum class Button : uint8_t { other, left, up, down };
    Button button{};
    bool twice = false; // a double click, where all of it came at once
};

class Curses {
public:
    // Throws shell::FailureError where the terminal's type is not known, or cannot do what this needs.
    // `colours`: whether any may be used.
    explicit Curses(bool colours);
    ~Curses();
    Curses(const Curses&) = delete;
    Curses& operator=(const Curses&) = delete;

    // Gives the terminal to a program in the foreground, and takes it back. What was typed meanwhile is lost:
    // it was for that program, or is the terminal's answer to it.
    void suspend();
    void resume();
    // Draws all of it anew: something else has written to the terminal.
    void redraw();

    [[nodiscard]] int rows() const;
    [[nodiscard]] int columns() const;

    void clear();
    // What lies outside is cut off. The text is as fit() and visible() make it.
    void put(int row, int column, const std::wstring& text, const Style& style = {});
    // One character of `width` columns with what combines with it.
    void put_cell(int row, int column, const std::wstring& character, int width, const Style& style);
    // Shows the cursor there; otherwise there is none.
    void show_cursor(int row, int column);
    // What was put becomes visible.
    void show();

    // What is there to be read; `none`: nothing.
    Key read_key();

private:
    void pass_over_input();
    bool sequence_begins();

    void* screen_; // SCREEN
    Depth depth_ = Depth::none;
    Sequence sequence_;
    std::chrono::steady_clock::time_point last_read_;
};

} // namespace top
