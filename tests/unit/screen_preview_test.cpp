// The preview: cells out of output, whatever a jail writes.
#include "shell/screen/preview.hpp"

#include <clocale>
#include <gtest/gtest.h>
#include <random>

namespace {

using top::Colour;
using top::Preview;

std::wstring row_of(const Preview& preview, int row) {
    std::wstring text;
    for (int column = 0; column < preview.columns();) {
        top::Cell cell = preview.cell(row, column);
        text += cell.text.empty() ? L" " : cell.text;
        column += cell.width;
    }
    while (!text.empty() && text.back() == L' ')
        text.pop_back();
    return text;
}

class ScreenPreview : public testing::Test {
protected:
    void SetUp() override { ASSERT_NE(std::setlocale(LC_ALL, "C.UTF-8"), nullptr); }
    void TearDown() override { std::setlocale(LC_ALL, "C"); }
};

TEST_F(ScreenPreview, ItsPictureIsTheSameBehindAPipe) {
    Preview preview(4, 20);
    preview.feed("\x1b]2;title\a\x1b[1;31mred\r\n日本");
    std::string packed = preview.picture().pack();
    auto picture = top::unpack_picture(packed);
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->title, "title");
    EXPECT_EQ(picture->cursor_row, 1);
    EXPECT_EQ(picture->cell(0, 0).text, L"r");
    EXPECT_TRUE(picture->cell(0, 0).bold);
    EXPECT_EQ(picture->cell(0, 0).foreground, (Colour{Colour::Kind::indexed, 1, 0, 0, 0}));
    EXPECT_EQ(picture->cell(1, 0).text, L"日");
    EXPECT_EQ(picture->cell(1, 0).width, 2);
    for (size_t size = 0; size < packed.size(); ++size)
        ASSERT_FALSE(top::unpack_picture(std::string_view(packed).substr(0, size))) << size;
    EXPECT_FALSE(top::unpack_picture(packed + "x"));
}

TEST_F(ScreenPreview, WhateverAPictureSaysIsShownSafely) {
    top::RawCell raw;
    raw.characters = {0x1b, 0x9b, 0xd800, 0xffffffff, 0x202e, 0x61};
    raw.width = 255;
    raw.foreground.kind = static_cast<Colour::Kind>(200);
    top::Cell cell = top::cell_of(raw);
    EXPECT_EQ(cell.text.find_first_of(L"\x1b\x9b\x202e"), std::wstring::npos);
    EXPECT_EQ(cell.width, 2);
    EXPECT_EQ(cell.foreground, Colour{});
}

TEST_F(ScreenPreview, KeepsTextColoursAndAttributes) {
    Preview preview(4, 20);
    preview.feed(
        "one\r\n\x1b[1;31mred\x1b[0m \x1b[38;5;200mcube\x1b[48;2;1;2;3m rgb\x1b[m\r\n日本 e\xcc\x81");
    EXPECT_EQ(row_of(preview, 0), L"one");
    EXPECT_EQ(row_of(preview, 1), L"red cube rgb");
    EXPECT_EQ(row_of(preview, 2), L"日本 e\u0301");
    EXPECT_TRUE(preview.cell(1, 0).bold);
    EXPECT_EQ(preview.cell(0, 0).foreground, Colour{});
    EXPECT_EQ(preview.cell(1, 4).foreground, (Colour{Colour::Kind::indexed, 200, 0, 0, 0}));
    EXPECT_EQ(preview.cell(1, 9).background, (Colour{Colour::Kind::rgb, 0, 1, 2, 3}));
    EXPECT_EQ(preview.cell(2, 0).width, 2);
    EXPECT_EQ(preview.cursor_row(), 2);
}

TEST_F(ScreenPreview, RepeatsACharacterBeforeThereIsOne) {
    Preview preview(4, 20);
    preview.feed("\x1b[9bx");
    EXPECT_EQ(row_of(preview, 0), L"         x");
}

TEST_F(ScreenPreview, TellsTheTitle) {
    Preview preview(4, 20);
    EXPECT_EQ(preview.title(), "");
    preview.feed("\x1b]2;edit\x07");
    EXPECT_EQ(preview.title(), "edit");
}

// The parser drops the DEL, and has one piece before and one behind it.
TEST_F(ScreenPreview, TellsATitleThatComesInPieces) {
    Preview preview(4, 20);
    preview.feed("\x1b]2;first\a\x1b]2;sec\x7fon\x7f"
                 "d\x1b\\");
    EXPECT_EQ(preview.title(), "second");
    preview.feed("\x1b]2;\a");
    EXPECT_EQ(preview.title(), "");
}

TEST_F(ScreenPreview, CutsATitleThatIsTooLong) {
    Preview preview(4, 20);
    preview.feed("\x1b]2;" + std::string(1000, 'x') + "\a");
    EXPECT_EQ(preview.title(), std::string(200, 'x'));
}

TEST_F(ScreenPreview, BearsEverySizeThatAJailCanSet) {
    for (int rows : {-1, 0, 1, 2, 24, 65535})
        for (int columns : {-1, 0, 1, 2, 80, 65535}) {
            Preview preview(rows, columns);
            preview.feed("text\r\n日本日本\x1b[999;999Hx\x1b[?1049hy");
            EXPECT_GE(preview.rows(), 2);
            EXPECT_LE(preview.rows() * preview.columns(), 200 * 500);
            for (int row = 0; row < preview.rows(); ++row)
                row_of(preview, row);
        }
}

TEST_F(ScreenPreview, HasNoCellThatMovesATerminal) {
    std::minstd_rand random(7);
    Preview preview(24, 80);
    // Half of it is what sequences are made of.
    constexpr std::string_view parts = "\x1b[]P;m0\x9b\xe2\x80\xae";
    std::string noise;
    for (int i = 0; i < 100000; ++i) {
        noise.push_back(parts[random() % parts.size()]);
        noise.push_back(static_cast<char>(random() & 0xffU));
    }
    preview.feed(noise);
    for (int row = 0; row < preview.rows(); ++row)
        for (wchar_t character : row_of(preview, row))
            EXPECT_TRUE(character >= L' ' && character != 0x7f && (character < 0x80 || character > 0x9f) &&
                        character != 0x202e)
                << std::hex << static_cast<unsigned>(character);
}

} // namespace
