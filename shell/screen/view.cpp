#include "shell/screen/view.hpp"

#include "shell/screen/keys.hpp"

#include <algorithm>

namespace top {
namespace {

constexpr Colour indexed(uint8_t index) {
    return {Colour::Kind::indexed, index, 0, 0, 0};
}
constexpr Colour red = indexed(1);
constexpr Colour green = indexed(2);
constexpr Colour yellow = indexed(3);
constexpr Colour cyan = indexed(6);

constexpr Style alarming{.bold = true, .foreground = red};

void draw_title(Curses& curses, int row, const Model& model, const Shown& shown) {
    std::wstring left = L"jconsole top";
    if (!shown.host.empty())
        left += L" on " + visible(shown.host);
    if (model.has_news())
        left += visible("  " + counted(model.jails(), "jail") + ", " + counted(model.sessions(), "session"));
    if (!model.filter().empty())
        left += L"  with '" + visible(model.filter()) + L"'";
    curses.put(row, 0, fit(left, curses.columns()), {.bold = true});
    if (!shown.trouble.empty())
        curses.put(row, width(left) + 2, visible(shown.trouble), alarming);
}

void draw_header(Curses& curses, int row, const Model& model) {
    curses.put(row, 0, fit(L"", curses.columns()), {.reverse = true});
    for (const PlacedColumn& column : place_columns(curses.columns())) {
        bool sorted = column.column == model.sort();
        std::string title(column.title);
        if (sorted)
            title += model.descending() ? '-' : '+'; // as htop(1) has it
        curses.put(row, column.x, fit(visible(title), column.width, column.align),
                   {.bold = sorted, .underline = sorted, .reverse = true});
    }
}

// However deep it is, half of the column is for the name.
std::wstring first_cell(const Line& line, int width) {
    constexpr size_t indent = 2;
    std::wstring text(std::min(line.depth * indent, static_cast<size_t>(width) / 2), L' ');
    return text + visible(line.session != nullptr ? line.session->name : line.jail->name);
}

std::wstring cell_of_session(const Line& line, const PlacedColumn& placed, uint64_t now) {
    const Session& session = *line.session;
    switch (placed.column) {
    case Column::name:
        return first_cell(line, placed.width);
    case Column::hostname:
        return visible(session.program + (session.terminal ? " on " + session.tty : ""));
    case Column::state:
        return session.attached ? L"attached" : L"detached";
    case Column::age:
        return visible(age_text(now > session.created ? now - session.created : 0));
    case Column::cpu:
    case Column::memory:
    case Column::processes:
    case Column::sessions:
        break;
    }
    return {};
}

std::wstring cell_of_jail(const Line& line, const PlacedColumn& placed, uint64_t now) {
    const Jail& jail = *line.jail;
    bool runs = jail.created > 0;
    switch (placed.column) {
    case Column::name:
        return first_cell(line, placed.width);
    case Column::hostname:
        return visible(jail.hostname);
    case Column::state:
        return visible(jail.state);
    case Column::cpu:
        return visible(runs ? cpu_text(jail.cpu) : "-");
    case Column::memory:
        return visible(runs ? memory_text(jail.memory) : "-");
    case Column::processes:
        return visible(runs ? std::to_string(jail.processes) : "-");
    case Column::sessions:
        return visible(std::to_string(line.sessions));
    case Column::age:
        return visible(runs ? age_text(now > jail.created ? now - jail.created : 0) : "-");
    }
    return {};
}

Style style_of(const Line& line, Column column, bool selected) {
    constexpr double busy = 50; // percent of a processor
    Style style{.reverse = selected};
    style.dim = line.jail->state == "stopped" && !selected;
    if (selected || line.session != nullptr)
        return style;
    if (column == Column::state && line.jail->state == "active")
        style.foreground = green;
    else if (column == Column::state && !style.dim)
        style.foreground = yellow;
    else if (column == Column::cpu && line.jail->cpu.value_or(0) >= busy)
        style.foreground = red;
    return style;
}

// What stands in the place of a list without lines. Nothing is said of jails that nobody has told of.
void draw_empty_list(Curses& curses, const Regions& regions, const Model& model, const Shown& shown) {
    std::string text = "No jail runs.";
    if (model.has_news() && !model.filter().empty())
        text = "No jail is like that.";
    else if (!shown.trouble.empty())
        text = shown.trouble;
    else if (!model.has_news())
        text = "The router has not said anything yet.";
    else if (shown.configuration_known)
        text = "No jail runs, and none is configured.";
    auto lines = wrap(visible(text), curses.columns());
    for (size_t row = 0; row < lines.size() && row < static_cast<size_t>(regions.list_rows); ++row)
        curses.put(regions.list + static_cast<int>(row), 0, lines[row],
                   text == shown.trouble ? alarming : Style{});
}

void draw_list(Curses& curses, const Regions& regions, const Model& model, size_t first) {
    auto columns = place_columns(curses.columns());
    auto lines = model.lines();
    for (int row = 0; row < regions.list_rows && first + static_cast<size_t>(row) < lines.size(); ++row) {
        size_t index = first + static_cast<size_t>(row);
        const Line& line = lines[index];
        bool selected = index == model.selected_index();
        if (selected)
            curses.put(regions.list + row, 0, fit(L"", curses.columns()), {.reverse = true});
        for (const PlacedColumn& column : columns) {
            std::wstring text = line.session != nullptr ? cell_of_session(line, column, model.time())
                                                        : cell_of_jail(line, column, model.time());
            curses.put(regions.list + row, column.x, fit(text, column.width, column.align),
                       style_of(line, column.column, selected));
        }
    }
}

Style style_of(const Cell& cell) {
    return {.bold = cell.bold,
            .underline = cell.underline,
            .italic = cell.italic,
            .blink = cell.blink,
            .reverse = cell.reverse,
            .foreground = cell.foreground,
            .background = cell.background};
}

// The rows of the session that end with its cursor, where not all have room.
void draw_picture(Curses& curses, const Regions& regions, const Picture& picture) {
    int last = std::max(picture.cursor_row + 1, std::min(regions.preview_rows, picture.rows));
    int first = std::max(last - regions.preview_rows, 0);
    for (int row = 0; row < regions.preview_rows && first + row < picture.rows; ++row)
        for (int column = 0; column < std::min(picture.columns, curses.columns());) {
            Cell cell = picture.cell(first + row, column);
            curses.put_cell(regions.preview + 1 + row, column, cell.text, cell.width, style_of(cell));
            column += cell.width;
        }
}

void draw_preview(Curses& curses, const Regions& regions, const Shown& shown) {
    std::wstring title = L"-- no session with a terminal is selected ";
    if (!shown.previewed.empty()) {
        title = L"-- " + visible(shown.previewed) + L" ";
        if (shown.picture)
            title +=
                visible(std::to_string(shown.picture->columns) + "x" + std::to_string(shown.picture->rows)) +
                L" " + visible(shown.picture->title) + (shown.picture->title.empty() ? L"" : L" ");
    }
    int filler = std::max(curses.columns() - width(title), 0);
    curses.put(regions.preview, 0, title + std::wstring(static_cast<size_t>(filler), L'-'),
               {.foreground = cyan});
    if (shown.picture)
        draw_picture(curses, regions, *shown.picture);
    else
        curses.put(regions.preview + 1, 0, visible(shown.picture_trouble));
}

void draw_footer(Curses& curses, int row, const Shown& shown) {
    Style loud{.bold = true};
    if (shown.question) {
        std::wstring text = visible(*shown.question) + L" (y/N) ";
        curses.put(row, 0, fit(text, curses.columns()), {.bold = true, .foreground = yellow});
        curses.show_cursor(row, width(text));
    } else if (shown.prompt) {
        std::wstring text = visible(*shown.prompt) + visible(shown.typed);
        // What is being typed is seen, however long it is.
        while (width(text) >= std::max(curses.columns(), 2))
            text.erase(0, 1);
        curses.put(row, 0, fit(text, curses.columns()), loud);
        curses.show_cursor(row, width(text));
    } else if (!shown.message.empty()) {
        curses.put(row, 0, fit(visible(shown.message), curses.columns()), loud);
    } else if (!shown.trouble.empty()) { // whole, where the title has no room for it
        curses.put(row, 0, fit(visible(shown.trouble), curses.columns()), alarming);
    } else {
        curses.put(row, 0,
                   fit(L"? help  Enter console  / filter  < > sort  s start  x stop  K kill  q quit",
                       curses.columns()));
    }
}

void draw_help(Curses& curses) {
    int row = 0;
    curses.put(row++, 0, L"jconsole top: jails, live. Any key goes back.", {.bold = true});
    for (const KeyRow& key : key_table()) {
        if (key.help.empty())
            continue;
        constexpr int keys_width = 14;
        curses.put(row, 1, fit(visible(key.name), keys_width), {.bold = true});
        curses.put(row++, keys_width + 1, visible(key.help));
    }
    int last = curses.rows() - 1;
    if (row > last + 1)
        curses.put(last, 0, fit(L"(there is more: enlarge the window)", curses.columns()), {.bold = true});
}

} // namespace

Regions draw(Curses& curses, const Model& model, Shown& shown) {
    Regions regions = place_regions(curses.rows(), model.lines().size(), shown.preview);
    shown.first = scroll(shown.first, model.selected_index(), model.lines().size(), regions.list_rows);
    curses.clear();
    if (shown.help) {
        draw_help(curses);
    } else {
        if (regions.title >= 0)
            draw_title(curses, regions.title, model, shown);
        if (regions.header >= 0)
            draw_header(curses, regions.header, model);
        if (model.lines().empty())
            draw_empty_list(curses, regions, model, shown);
        else
            draw_list(curses, regions, model, shown.first);
        if (regions.preview >= 0)
            draw_preview(curses, regions, shown);
        // A question is seen on the smallest of screens.
        bool asks = shown.question || shown.prompt;
        if (regions.footer >= 0 || asks)
            draw_footer(curses, asks ? curses.rows() - 1 : regions.footer, shown);
    }
    curses.show();
    return regions;
}

} // namespace top
