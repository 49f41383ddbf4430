// The table of keys: what is typed, what it does, and what the help says of it.
#pragma once

#include "shell/screen/curses.hpp"

#include <span>
#include <string_view>

namespace top {

enum class Command : uint8_t {
    none,
    up,
    down,
    page_up,
    page_down,
    first,
    last,
    console,
    run,
    start,
    stop,
    restart,
    kill,
    filter,
    sort_left,
    sort_right,
    sort_name,
    sort_cpu,
    sort_memory,
    sort_age,
    reverse,
    tree,
    sessions,
    preview,
    help,
    redraw,
    erase,
    quit,
};

struct KeyRow {
    Command command{};
    std::string_view name; // as the help shows it
    std::string_view help; // "": another key of the row above
    wchar_t character = 0;
    int special = 0; // KEY_… of curses.h
};

std::span<const KeyRow> key_table();

// What the key asks for; `none` where it asks for nothing.
Command command_of(const Key& key);

} // namespace top
