#define NCURSES_NOMACROS 1
#include "shell/screen/keys.hpp"

#include <array>
#include <curses.h>

namespace top {
namespace {

constexpr wchar_t control(char letter) {
    return static_cast<wchar_t>(letter - '@');
}

constexpr std::array table{
    KeyRow{Command::up, "Up Down", "to the next line; also with the mouse, and its wheel", 0, KEY_UP},
    KeyRow{Command::down, "", "", 0, KEY_DOWN},
    KeyRow{Command::page_up, "PgUp PgDn", "a screen further", 0, KEY_PPAGE},
    KeyRow{Command::page_down, "", "", 0, KEY_NPAGE},
    KeyRow{Command::first, "Home End", "to the first and to the last line", 0, KEY_HOME},
    KeyRow{Command::last, "", "", 0, KEY_END},
    KeyRow{Command::console, "Enter", "a console in the jail; its end leads back (also: a double click)",
           L'\r', 0},
    KeyRow{Command::console, "", "", L'\n', KEY_ENTER},
    KeyRow{Command::run, "c", "a second console: with a command that is asked for", L'c', 0},
    KeyRow{Command::start, "s", "start the jail", L's', 0},
    KeyRow{Command::stop, "x", "stop the jail; asks first, as the next two do", L'x', 0},
    KeyRow{Command::restart, "R", "stop it and start it again", L'R', 0},
    KeyRow{Command::kill, "K", "kill it: without its configuration, and whatever it does", L'K', 0},
    KeyRow{Command::filter, "/", "show only what holds the text; Escape shows all", L'/', 0},
    KeyRow{Command::sort_left, "< >", "sort by the column to the left, or right; also a click on it", L'<',
           0},
    KeyRow{Command::sort_right, "", "", L'>', 0},
    KeyRow{Command::sort_name, "N P M A", "sort by name, processor, memory, age; once more: reversed", L'N',
           0},
    KeyRow{Command::sort_cpu, "", "", L'P', 0},
    KeyRow{Command::sort_memory, "", "", L'M', 0},
    KeyRow{Command::sort_age, "", "", L'A', 0},
    KeyRow{Command::reverse, "i", "the other way round", L'i', 0},
    KeyRow{Command::tree, "t", "jails in jails as a tree, or all in one order", L't', 0},
    KeyRow{Command::sessions, "e", "sessions below their jails, or not", L'e', 0},
    KeyRow{Command::preview, "p", "the screen of the selected session, or not", L'p', 0},
    KeyRow{Command::help, "?", "this", L'?', 0},
    KeyRow{Command::help, "", "", L'h', KEY_F(1)},
    KeyRow{Command::redraw, "^L", "draw the screen anew", control('L'), 0},
    KeyRow{Command::erase, "", "", 0, KEY_BACKSPACE},
    KeyRow{Command::quit, "q ^C", "leave", L'q', 0},
};

} // namespace

std::span<const KeyRow> key_table() {
    return table;
}

Command command_of(const Key& key) {
    for (const KeyRow& row : table) {
        if (key.kind == Key::Kind::character && row.character != 0 && row.character == key.character)
            return row.command;
        if (key.kind == Key::Kind::special && row.special != 0 && row.special == key.special)
            return row.command;
    }
    return Command::none;
}

} // namespace top
