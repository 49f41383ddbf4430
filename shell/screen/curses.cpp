#define NCURSES_NOMACROS 1 // no `move`, `clear` and `timeout` in the names of others
#include "shell/screen/curses.hpp"

#include "shell/report.hpp"
#include "shell/screen/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <curses.h>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace top {
namespace {

constexpr mmask_t left_buttons =
    BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON1_TRIPLE_CLICKED;

[[noreturn]] void refuse(const std::string& cause) {
    throw shell::FailureError({{}, "terminal", cause, "set TERM, for example to xterm-256color"});
}

std::string terminal_type() {
    const char* type = std::getenv("TERM");
    return type == nullptr ? "" : type;
}

// newterm(3X) takes a type that cannot move its cursor.
bool can_move_cursor() {
    return ::tigetstr("cup") != nullptr;
}

// Most terminals that take colours as red, green and blue tell so by COLORTERM alone, beside the name of a
// type that has 256. terminfo calls the same terminal with all of its colours -direct.
SCREEN* open_screen(bool colours) {
    const char* promise = std::getenv("COLORTERM");
    std::string_view promised = promise == nullptr ? "" : promise;
    SCREEN* screen = nullptr;
    if (colours && (promised == "truecolor" || promised == "24bit")) {
        std::string type = terminal_type();
        screen = ::newterm((type.substr(0, type.find('-')) + "-direct").c_str(), stdout, stdin);
    }
    return screen != nullptr ? screen : ::newterm(nullptr, stdout, stdin);
}

attr_t attributes_of(const Style& style) {
    attr_t attributes = 0;
    for (auto [set, attribute] :
         {std::pair{style.bold, WA_BOLD}, std::pair{style.dim, WA_DIM},
          std::pair{style.underline, WA_UNDERLINE}, std::pair{style.italic, WA_ITALIC},
          std::pair{style.blink, WA_BLINK}, std::pair{style.reverse, WA_REVERSE}})
        if (set)
            attributes |= attribute;
    return attributes;
}

int pair_of(const Style& style, Depth depth) {
    int foreground = nearest(style.foreground, depth);
    int background = nearest(style.background, depth);
    if (foreground < 0 && background < 0)
        return 0;
    return std::max(::alloc_pair(foreground, background), 0);
}

// As ncurses has it: what its description of the terminal does not name, it gives one character after the
// other.
Key next_key() {
    Key key;
    wint_t read = 0;
    int result = ::wget_wch(stdscr, &read);
    if (result == ERR)
        return key;
    if (result == OK) {
        key.kind = Key::Kind::character;
        key.character = static_cast<wchar_t>(read);
        return key;
    }
    key.kind = read == KEY_RESIZE ? Key::Kind::resize : Key::Kind::special;
    key.special = static_cast<int>(read);
    MEVENT event{};
    if (read != KEY_MOUSE)
        return key;
    key.kind = ::getmouse(&event) == OK ? Key::Kind::mouse : Key::Kind::resize;
    key.row = event.y;
    key.column = event.x;
    key.twice = (event.bstate & (BUTTON1_DOUBLE_CLICKED | BUTTON1_TRIPLE_CLICKED)) != 0;
    if ((event.bstate & left_buttons) != 0)
        key.button = Key::Button::left;
    else if ((event.bstate & BUTTON4_PRESSED) != 0)
        key.button = Key::Button::up;
    else if ((event.bstate & BUTTON5_PRESSED) != 0)
        key.button = Key::Button::down;
    return key;
}

} // namespace

Curses::Curses(bool colours) : screen_(open_screen(colours)) {
    if (screen_ == nullptr)
        refuse("the terminal type '" + terminal_type() + "' is not known here");
    if (!can_move_cursor()) {
        ::endwin();
        ::delscreen(static_cast<SCREEN*>(screen_));
        refuse("a terminal of type '" + terminal_type() + "' cannot move its cursor");
    }
    constexpr int escape_delay = 25; // ms: between the Escape key and a sequence that begins with one
    ::set_escdelay(escape_delay);
    ::cbreak();
    ::noecho();
    ::nonl();
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::curs_set(0);
    ::mouseinterval(0); // not to wait for the release; what comes in one read is a click or two all the same
    ::mousemask(left_buttons | BUTTON4_PRESSED | BUTTON5_PRESSED, nullptr);
    if (colours && ::has_colors() && ::start_color() == OK && ::use_default_colors() == OK)
        depth_ = depth_of(COLORS);
}

Curses::~Curses() {
    suspend();
    ::delscreen(static_cast<SCREEN*>(screen_));
}

void Curses::suspend() {
    // A terminal without an alternate screen keeps what it shows, and what follows goes to its last line.
    ::wmove(stdscr, LINES - 1, 0);
    ::wclrtoeol(stdscr);
    ::wrefresh(stdscr);
    ::endwin();
}

void Curses::resume() {
    // What it was told of its size while another program had the terminal is lost.
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        ::resizeterm(size.ws_row, size.ws_col);
    redraw();
    pass_over_input();
}

void Curses::redraw() {
    ::clearok(curscr, TRUE);
}

int Curses::rows() const {
    return LINES;
}

int Curses::columns() const {
    return COLS;
}

void Curses::clear() {
    ::curs_set(0);
    ::werase(stdscr);
}

void Curses::put(int row, int column, const std::wstring& text, const Style& style) {
    if (row < 0 || row >= LINES || column < 0 || column >= COLS)
        return;
    std::wstring shown = width(text) > COLS - column ? fit(text, COLS - column) : text;
    int pair = pair_of(style, depth_);
    ::wattr_set(stdscr, attributes_of(style), 0, &pair);
    ::mvwaddnwstr(stdscr, row, column, shown.c_str(), static_cast<int>(shown.size()));
    ::wattr_set(stdscr, 0, 0, nullptr);
}

void Curses::put_cell(int row, int column, const std::wstring& character, int width, const Style& style) {
    if (row < 0 || row >= LINES || column < 0 || column + width > COLS)
        return;
    std::array<wchar_t, CCHARW_MAX + 1> text{};
    if (character.empty())
        text[0] = L' ';
    else
        std::copy_n(character.begin(), std::min<size_t>(character.size(), CCHARW_MAX), text.begin());
    int pair = pair_of(style, depth_);
    cchar_t cell{};
    if (::setcchar(&cell, text.data(), attributes_of(style), 0, &pair) == OK)
        ::mvwadd_wch(stdscr, row, column, &cell);
}

void Curses::show_cursor(int row, int column) {
    if (row < 0 || row >= LINES)
        return;
    ::curs_set(1);
    ::wmove(stdscr, row, std::clamp(column, 0, COLS - 1));
}

void Curses::show() {
    ::wrefresh(stdscr);
}

// Until nothing more comes. The other program may have read the beginning of a sequence, the rest of which
// would be keys, and of many answers the last come late.
void Curses::pass_over_input() {
    constexpr int quiet = 100; // ms
    ::reset_prog_mode();
    ::wtimeout(stdscr, quiet);
    while (read_key().kind != Key::Kind::none)
        continue;
    ::nodelay(stdscr, TRUE);
}

Key Curses::read_key() {
    using namespace std::chrono_literals;
    constexpr auto together = 500ms; // what belongs to a sequence comes
    for (;;) {
        Key key = next_key();
        if (key.kind == Key::Kind::none || key.kind == Key::Kind::resize)
            return key;
        auto now = std::chrono::steady_clock::now();
        if (key.kind != Key::Kind::character || now - last_read_ > together)
            sequence_.abandon();
        last_read_ = now;
        constexpr wchar_t escape = 27;
        if (key.kind != Key::Kind::character)
            return key;
        if (!sequence_.takes(key.character) && !(key.character == escape && sequence_begins()))
            return key;
    }
}

// ncurses has waited for what follows the Escape.
bool Curses::sequence_begins() {
    wint_t next = 0;
    int result = ::wget_wch(stdscr, &next);
    if (result == OK && sequence_.begins(static_cast<wchar_t>(next)))
        return true;
    if (result == OK)
        ::unget_wch(static_cast<wchar_t>(next));
    else if (result == KEY_CODE_YES)
        ::ungetch(static_cast<int>(next));
    return false;
}

} // namespace top
