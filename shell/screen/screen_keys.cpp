// What is typed at the screen, and clicked.
#include "shell/screen/screen.hpp"
#include "shell/screen/text.hpp"

#include <algorithm>
#include <climits>
#include <cwchar>
#include <string>
#include <utility>

namespace top {
namespace {

using namespace std::chrono_literals;

constexpr wchar_t escape = 27;
constexpr wchar_t erase = 127;
constexpr wchar_t backspace = 8;
constexpr wchar_t erase_all = 21; // ^U

std::string utf8_of(wchar_t character) {
    std::string text(MB_LEN_MAX, '\0');
    std::mbstate_t state{};
    size_t size = std::wcrtomb(text.data(), character, &state);
    text.resize(size == static_cast<size_t>(-1) ? 0 : size);
    return text;
}

void erase_last(std::string& text) {
    auto continues = [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
    };
    while (!text.empty() && continues(text.back()))
        text.pop_back();
    if (!text.empty())
        text.pop_back();
}

Column column_left_of(Column column) {
    return column == Column::name ? Column::age : Column{static_cast<uint8_t>(static_cast<int>(column) - 1)};
}

Column column_right_of(Column column) {
    return column == Column::age ? Column::name : Column{static_cast<uint8_t>(static_cast<int>(column) + 1)};
}

std::string told(const Loss& loss) {
    bool one = loss.jails == 0 && loss.processes == 1;
    std::string jails = loss.jails == 0 ? "" : counted(loss.jails, "more jail") + " and ";
    return jails + counted(loss.processes, "process", "es") + (one ? " ends with it" : " end with it");
}

} // namespace

void Screen::take_keys() {
    for (Key key = curses_.read_key(); key.kind != Key::Kind::none && !leaving(); key = curses_.read_key()) {
        take(key);
        changed_ = true;
    }
}

void Screen::take(const Key& key) {
    if (key.kind == Key::Kind::resize)
        return;
    shown_.message.clear();
    if (shown_.question) {
        shown_.question.reset();
        auto act = std::exchange(on_yes_, {});
        if (key.kind == Key::Kind::character && (key.character == L'y' || key.character == L'Y'))
            act();
        return;
    }
    if (shown_.prompt)
        return take_prompt(key);
    if (std::exchange(shown_.help, false))
        return;
    if (key.kind == Key::Kind::mouse)
        return take_mouse(key);
    if (key.kind == Key::Kind::character && key.character == escape)
        return model_.set_filter("");
    execute(command_of(key));
}

void Screen::take_prompt(const Key& key) {
    Command command = command_of(key);
    bool text = key.kind == Key::Kind::character;
    if (command == Command::console || (text && key.character == escape)) {
        shown_.prompt.reset();
        if (command != Command::console)
            shown_.typed.clear();
        auto done = std::exchange(on_entered_, {});
        auto changed = std::exchange(on_typed_, {});
        if (command != Command::console)
            changed("");
        else
            done(shown_.typed);
        return;
    }
    bool erases = (text && (key.character == erase || key.character == backspace)) ||
                  (key.kind == Key::Kind::special && command == Command::erase);
    if (erases)
        erase_last(shown_.typed);
    else if (text && key.character == erase_all)
        shown_.typed.clear();
    else if (text && key.character >= L' ')
        shown_.typed += utf8_of(key.character);
    else if (!text)
        return move(command); // the list can be walked through while one types
    on_typed_(shown_.typed);
}

void Screen::take_mouse(const Key& key) {
    constexpr ptrdiff_t wheel = 3; // lines
    if (key.button == Key::Button::up || key.button == Key::Button::down)
        return model_.move(key.button == Key::Button::up ? -wheel : wheel);
    if (key.button != Key::Button::left)
        return;
    if (key.row == regions_.header) {
        for (const PlacedColumn& column : place_columns(curses_.columns()))
            if (key.column >= column.x && key.column <= column.x + column.width)
                return model_.sort_by(column.column);
        return;
    }
    size_t line = shown_.first + static_cast<size_t>(std::max(key.row - regions_.list, 0));
    bool on_list = key.row >= regions_.list && key.row < regions_.list + regions_.list_rows;
    if (!on_list || line >= model_.lines().size())
        return;
    Clock::time_point now = Clock::now();
    constexpr auto double_click = 400ms;
    bool second = key.twice || (key.row == last_click_row_ && line == model_.selected_index() &&
                                now - last_click_ < double_click);
    last_click_ = now;
    last_click_row_ = second ? -1 : key.row;
    model_.select(line);
    if (second)
        execute(Command::console);
}

void Screen::move(Command command) {
    ptrdiff_t page = std::max(regions_.list_rows - 1, 1);
    switch (command) {
    case Command::up:
        return model_.move(-1);
    case Command::down:
        return model_.move(1);
    case Command::page_up:
        return model_.move(-page);
    case Command::page_down:
        return model_.move(page);
    case Command::first:
        return model_.select(0);
    case Command::last:
        return model_.select(model_.lines().size());
    default:
        return;
    }
}

void Screen::execute(Command command) {
    switch (command) {
    case Command::filter:
        model_.set_filter("");
        return prompt(
            "show what holds: ",
            [this](const std::string& text) {
                model_.set_filter(text);
            },
            [](const std::string& /*text*/) {});
    case Command::sort_left:
        return model_.sort_by(column_left_of(model_.sort()));
    case Command::sort_right:
        return model_.sort_by(column_right_of(model_.sort()));
    case Command::sort_name:
        return model_.sort_by(Column::name);
    case Command::sort_cpu:
        return model_.sort_by(Column::cpu);
    case Command::sort_memory:
        return model_.sort_by(Column::memory);
    case Command::sort_age:
        return model_.sort_by(Column::age);
    case Command::reverse:
        return model_.sort_by(model_.sort());
    case Command::tree:
        return model_.set_tree(!model_.tree());
    case Command::sessions:
        return model_.show_sessions(!model_.sessions_shown());
    case Command::preview:
        shown_.preview = !shown_.preview;
        return;
    case Command::help:
        shown_.help = true;
        return;
    case Command::redraw:
        return curses_.redraw();
    case Command::quit:
        leave_ = true;
        return;
    case Command::console:
    case Command::run:
    case Command::start:
    case Command::stop:
    case Command::restart:
    case Command::kill:
        return execute_on_jail(command);
    default:
        return move(command);
    }
}

void Screen::execute_on_jail(Command command) {
    const Line* line = model_.selected();
    if (line == nullptr)
        return;
    std::string jail = line->jail->name; // the model may have another snapshot when the answer comes
    bool stopped = line->jail->state == "stopped";
    if (line->jail->state == "outside" && command != Command::console && command != Command::run) {
        shown_.message = jail + " is no jail of this router: it can only be entered";
        return;
    }
    if (stopped != (command == Command::start)) {
        shown_.message = jail + (stopped ? " does not run; s starts it" : " runs already");
        return;
    }
    auto ask_to = [&](const char* verb, const std::string& question) {
        ask(question, [this, verb, jail] {
            change(verb, jail);
        });
    };
    Words kill{"kill", "-fkq", "-t", "1",
               jail}; // SIGTERM, and a second later SIGKILL; no script of the jail's
    std::string loss = told(model_.loss_of(jail, command != Command::kill));
    switch (command) {
    case Command::console:
        return open_console(jail, "");
    case Command::run:
        return prompt(
            "command in " + jail + " (none: its shell): ", [](const std::string& /*text*/) {},
            [this, jail](const std::string& text) {
                open_console(jail, text);
            });
    case Command::start:
        return change("start", jail);
    case Command::stop:
        return ask_to("stop", "stop " + jail + "? " + loss);
    case Command::kill:
        return ask("kill " + jail + " without its exec.stop? " + loss, [this, kill, jail] {
            perform("kill", jail, kill);
        });
    default:
        return ask_to("restart", "restart " + jail + "? " + loss);
    }
}

} // namespace top
