#include "shell/screen/preview.hpp"

#include "shell/screen/text.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>
#include <vterm.h>

namespace top {
namespace {

// The size is the jail's word, too: its programs can set it (TIOCSWINSZ).
constexpr int least = 2;
constexpr int most_rows = 200;
constexpr int most_columns = 500;
constexpr size_t longest_title = 200;

int bounded(int size, int most, int otherwise) {
    return size <= 0 ? otherwise : std::clamp(size, least, most);
}

Colour colour_of(const VTermColor& colour) {
    if (VTERM_COLOR_IS_DEFAULT_FG(&colour) || VTERM_COLOR_IS_DEFAULT_BG(&colour))
        return {};
    if (VTERM_COLOR_IS_INDEXED(&colour))
        return {Colour::Kind::indexed, colour.indexed.idx, 0, 0, 0};
    return {Colour::Kind::rgb, 0, colour.rgb.red, colour.rgb.green, colour.rgb.blue};
}

void append_utf8(std::string& text, uint32_t character) {
    auto byte = [&text](uint32_t value) {
        text.push_back(static_cast<char>(value));
    };
    if (character < 0x80) {
        byte(character);
    } else if (character < 0x800) {
        byte(0xc0 | character >> 6);
        byte(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        byte(0xe0 | character >> 12);
        byte(0x80 | (character >> 6 & 0x3f));
        byte(0x80 | (character & 0x3f));
    } else {
        byte(0xf0 | character >> 18);
        byte(0x80 | (character >> 12 & 0x3f));
        byte(0x80 | (character >> 6 & 0x3f));
        byte(0x80 | (character & 0x3f));
    }
}

// What is no character to show has one column all the same.
std::wstring text_of(const RawCell& cell) {
    std::wstring text;
    for (uint32_t character : cell.characters) {
        if (character == 0)
            break;
        std::string utf8;
        append_utf8(utf8, character);
        std::wstring shown = visible(text.empty() ? utf8 : "a" + utf8);
        size_t expected = text.empty() ? 1 : 2;
        if (shown.size() == expected)
            text.push_back(shown.back());
        else if (text.empty())
            text = L"?";
    }
    return text;
}

Colour checked(const Colour& colour) {
    return colour.kind > Colour::Kind::rgb ? Colour{} : colour;
}

// What stands before the title and the cells of a packed picture.
struct Header {
    int32_t rows;
    int32_t columns;
    int32_t cursor_row;
    uint32_t title; // bytes
};
static_assert(std::is_trivially_copyable_v<RawCell> && std::is_trivially_copyable_v<Header>);

// libvterm 0.1 hands a title over whole, as a pointer; a later one in pieces, as a structure.
template <class String>
void take_title(std::string& title, const String& piece) {
    if constexpr (std::is_pointer_v<String>) {
        title = std::string_view(piece == nullptr ? "" : piece).substr(0, longest_title);
    } else {
        if (piece.initial)
            title.clear();
        title.append(piece.str, std::min<size_t>(piece.len, longest_title - title.size()));
    }
}

} // namespace

Cell cell_of(const RawCell& raw) {
    Cell cell;
    cell.text = text_of(raw);
    cell.width = std::clamp<int>(raw.width, 1, 2);
    cell.bold = raw.bold != 0;
    cell.underline = raw.underline != 0;
    cell.italic = raw.italic != 0;
    cell.blink = raw.blink != 0;
    cell.reverse = raw.reverse != 0;
    cell.foreground = checked(raw.foreground);
    cell.background = checked(raw.background);
    return cell;
}

Cell Picture::cell(int row, int column) const {
    return cell_of(
        cells.at(static_cast<size_t>(row) * static_cast<size_t>(columns) + static_cast<size_t>(column)));
}

std::string Picture::pack() const {
    Header header{rows, columns, cursor_row, static_cast<uint32_t>(title.size())};
    std::string packed(reinterpret_cast<const char*>(&header), sizeof header);
    packed.append(title);
    return packed.append(reinterpret_cast<const char*>(cells.data()), cells.size() * sizeof(RawCell));
}

std::optional<Picture> unpack_picture(std::string_view packed) {
    Header header{};
    if (packed.size() < sizeof header)
        return {};
    std::memcpy(&header, packed.data(), sizeof header);
    packed.remove_prefix(sizeof header);
    bool sound = header.rows >= least && header.rows <= most_rows && header.columns >= least &&
                 header.columns <= most_columns && header.title <= longest_title;
    if (!sound)
        return {};
    size_t count = static_cast<size_t>(header.rows) * static_cast<size_t>(header.columns);
    if (packed.size() != header.title + count * sizeof(RawCell))
        return {};
    Picture picture{header.rows, header.columns, std::clamp(header.cursor_row, 0, header.rows - 1),
                    std::string(packed.substr(0, header.title)), std::vector<RawCell>(count)};
    std::memcpy(picture.cells.data(), packed.data() + header.title, count * sizeof(RawCell));
    return picture;
}

struct Preview::Callbacks {
    static int set_property(VTermProp property, VTermValue* value, void* preview) {
        if (property == VTERM_PROP_TITLE)
            take_title(static_cast<Preview*>(preview)->title_, value->string);
        return 1;
    }
    // The answers to what a program asks its terminal: somebody else has given them.
    static void discard(const char* /*bytes*/, size_t /*size*/, void* /*user*/) {}
};

Preview::Preview(int rows, int columns)
    : rows_(bounded(rows, most_rows, 24)), columns_(bounded(columns, most_columns, 80)),
      terminal_(::vterm_new(rows_, columns_)), screen_(nullptr) {
    if (terminal_ == nullptr)
        throw std::bad_alloc();
    ::vterm_set_utf8(terminal_, 1);
    ::vterm_output_set_callback(terminal_, Callbacks::discard, nullptr);
    screen_ = ::vterm_obtain_screen(terminal_);
    static const VTermScreenCallbacks callbacks = [] {
        VTermScreenCallbacks made{};
        made.settermprop = Callbacks::set_property;
        return made;
    }();
    ::vterm_screen_set_callbacks(screen_, &callbacks, this);
    ::vterm_screen_enable_altscreen(screen_, 1);
    ::vterm_screen_reset(screen_, 1);
    // libvterm 0.1.4 goes on for ever where a sequence repeats a character before there is one.
    feed(" \033[2J\033[H");
}

Preview::~Preview() {
    ::vterm_free(terminal_);
}

void Preview::feed(std::string_view output) {
    // libvterm 0.1.4 takes four bytes of its stack for each that it is given at once.
    constexpr size_t most = size_t{64} << 10;
    for (; !output.empty(); output.remove_prefix(std::min(most, output.size())))
        ::vterm_input_write(terminal_, output.data(), std::min(most, output.size()));
}

RawCell Preview::raw_cell(int row, int column) const {
    VTermScreenCell from{};
    RawCell raw;
    if (::vterm_screen_get_cell(screen_, {row, column}, &from) == 0)
        return raw;
    std::copy_n(std::begin(from.chars), raw.characters.size(), raw.characters.begin());
    raw.width = static_cast<uint8_t>(from.width);
    raw.bold = from.attrs.bold != 0;
    raw.underline = from.attrs.underline != 0;
    raw.italic = from.attrs.italic != 0;
    raw.blink = from.attrs.blink != 0;
    raw.reverse = from.attrs.reverse != 0;
    raw.foreground = colour_of(from.fg);
    raw.background = colour_of(from.bg);
    return raw;
}

Cell Preview::cell(int row, int column) const {
    return cell_of(raw_cell(row, column));
}

Picture Preview::picture() const {
    Picture picture{rows_, columns_, cursor_row(), title_, {}};
    for (int row = 0; row < rows_; ++row)
        for (int column = 0; column < columns_; ++column)
            picture.cells.push_back(raw_cell(row, column));
    return picture;
}

int Preview::cursor_row() const {
    VTermPos position{};
    ::vterm_state_get_cursorpos(::vterm_obtain_state(terminal_), &position);
    return position.row;
}

} // namespace top
