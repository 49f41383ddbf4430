// Columns of text, numbers and places on the screen, as tables.
#include "shell/screen/colour.hpp"
#include "shell/screen/layout.hpp"
#include "shell/screen/snapshot.hpp"
#include "shell/screen/text.hpp"

#include <algorithm>
#include <clocale>
#include <gtest/gtest.h>

namespace {

using top::Colour;
using top::Depth;

class ScreenText : public testing::Test {
protected:
    void SetUp() override { ASSERT_NE(std::setlocale(LC_ALL, "C.UTF-8"), nullptr); }
    void TearDown() override { std::setlocale(LC_ALL, "C"); }
};

TEST_F(ScreenText, FitsColumnsAndNotCharacters) {
    struct Row {
        std::wstring text;
        int columns;
        std::wstring fitted;
    };
    const std::vector<Row> rows{
        {L"web", 5, L"web  "},  {L"web", 3, L"web"},  {L"web1", 3, L"we~"},    {L"日本", 4, L"日本"},
        {L"日本", 5, L"日本 "}, {L"日本", 3, L"日~"}, {L"日本語", 4, L"日 ~"}, {L"e\u0301e", 2, L"e\u0301e"},
        {L"x", 0, L""},         {L"x", -1, L""},      {L"xy", 1, L"~"}};
    for (const Row& row : rows) {
        EXPECT_EQ(top::fit(row.text, row.columns), row.fitted);
        EXPECT_EQ(top::width(row.fitted), std::max(row.columns, 0));
    }
    EXPECT_EQ(top::fit(L"7", 3, top::Align::right), L"  7");
    EXPECT_EQ(top::fit(L"日", 3, top::Align::right), L" 日");
}

TEST_F(ScreenText, WrapsAtBlanksAndWhereThereIsNone) {
    using Lines = std::vector<std::wstring>;
    EXPECT_EQ(top::wrap(L"", 5), Lines{});
    EXPECT_EQ(top::wrap(L"one two", 7), Lines{L"one two"});
    EXPECT_EQ(top::wrap(L"one two", 6), (Lines{L"one", L"two"}));
    EXPECT_EQ(top::wrap(L"one two", 3), (Lines{L"one", L"two"}));
    EXPECT_EQ(top::wrap(L"abcdefgh i", 3), (Lines{L"abc", L"def", L"gh", L"i"}));
    EXPECT_EQ(top::wrap(L"日本語", 4), (Lines{L"日本", L"語"}));
    EXPECT_EQ(top::wrap(L"日本", 1), (Lines{L"日", L"本"}));
    EXPECT_EQ(top::wrap(L"ab", 0), (Lines{L"a", L"b"}));
}

TEST_F(ScreenText, ShowsNothingThatMovesATerminal) {
    for (const char* hostile : {"\x1b[2J", "a\nb",
                                "\xc2\x9b"
                                "31m",
                                "\xff\xfe",
                                "\xe2\x80\xae"
                                "abc",
                                "\r", "\x7f"})
        for (wchar_t character : top::visible(hostile))
            EXPECT_TRUE(character >= L' ' && character < 0x7f) << hostile;
    EXPECT_EQ(top::visible("日本"), L"日本");
    EXPECT_EQ(top::visible("\xcc\x81x"), L"?x"); // a mark with nothing to stand on
}

TEST(ScreenTextInC, ShowsWhatTheLocaleDoesNotHaveAsQuestionMarks) {
    std::setlocale(LC_ALL, "C");
    EXPECT_EQ(top::visible("a日b"), L"a?b");
}

TEST(ScreenNumbers, AreShort) {
    for (const auto& [bytes, text] : {std::pair<uint64_t, const char*>{0, "0B"},
                                      {999, "999B"},
                                      {1000, "1.0K"},
                                      {1536, "1.5K"},
                                      {10 << 20, "10M"},
                                      {1023 << 20, "1.0G"},
                                      {~uint64_t{0}, "16E"}})
        EXPECT_EQ(top::memory_text(bytes), text);
    for (const auto& [seconds, text] : {std::pair<uint64_t, const char*>{0, "0s"},
                                        {59, "59s"},
                                        {60, "1m"},
                                        {3599, "59m"},
                                        {86399, "23h"},
                                        {86400, "1d"},
                                        {86400 * 9999ULL, "9999d"}})
        EXPECT_EQ(top::age_text(seconds), text);
    EXPECT_EQ(top::cpu_text({}), "-");
    EXPECT_EQ(top::cpu_text(0), "0.0");
    EXPECT_EQ(top::cpu_text(99.94), "99.9");
    EXPECT_EQ(top::cpu_text(99.96), "100");
}

TEST(ScreenLayout, ColumnsNeverOverlapNorLeaveTheScreen) {
    for (int width = 1; width < 300; ++width) {
        int end = -1;
        for (const top::PlacedColumn& column : top::place_columns(width)) {
            EXPECT_GT(column.x, end) << width;
            EXPECT_GT(column.width, 0) << width;
            end = column.x + column.width;
            EXPECT_LE(end, width);
        }
    }
    EXPECT_EQ(top::place_columns(80).size(), 8U);
    EXPECT_EQ(top::place_columns(10).size(), 1U);
    EXPECT_EQ(top::place_columns(10).front().width, 10);
}

TEST(ScreenLayout, RowsNeverOverlapNorLeaveTheScreen) {
    for (int rows = 1; rows < 100; ++rows)
        for (size_t lines : {0U, 1U, 5U, 1000U})
            for (bool preview : {false, true}) {
                top::Regions regions = top::place_regions(rows, lines, preview);
                std::vector<int> used(static_cast<size_t>(rows), 0);
                auto use = [&](int row, int count) {
                    for (int i = row; row >= 0 && i < row + count; ++i)
                        ++used.at(static_cast<size_t>(i));
                };
                use(regions.title, 1);
                use(regions.header, 1);
                use(regions.list, regions.list_rows);
                use(regions.preview, 1 + regions.preview_rows);
                use(regions.footer, 1);
                EXPECT_EQ(std::ranges::count(used, 1), rows) << rows << " " << lines;
                EXPECT_GE(regions.list_rows, 1);
            }
    EXPECT_GE(top::place_regions(24, 1000, true).preview_rows, 9);
    EXPECT_EQ(top::place_regions(24, 1000, false).preview, -1);
}

TEST(ScreenLayout, ScrollsAsLittleAsItCan) {
    struct Row {
        size_t first, selected, lines;
        int rows;
        size_t wanted;
    };
    for (const Row& row : {Row{0, 0, 0, 5, 0}, Row{0, 4, 10, 5, 0}, Row{0, 5, 10, 5, 1}, Row{5, 3, 10, 5, 3},
                           Row{9, 9, 10, 5, 5}, Row{4, 2, 3, 5, 0}, Row{0, 7, 10, 1, 7}, Row{0, 0, 3, 0, 0}})
        EXPECT_EQ(top::scroll(row.first, row.selected, row.lines, row.rows), row.wanted)
            << row.first << " " << row.selected;
}

TEST(ScreenColour, IsTheNearestThatTheTerminalHas) {
    constexpr Colour standard{};
    constexpr Colour red{Colour::Kind::indexed, 1, 0, 0, 0};
    constexpr Colour bright_red{Colour::Kind::indexed, 9, 0, 0, 0};
    constexpr Colour cube{Colour::Kind::indexed, 196, 0, 0, 0}; // #ff0000
    constexpr Colour rgb{Colour::Kind::rgb, 0, 254, 1, 1};
    struct Row {
        Depth depth;
        int standard, red, bright_red, cube, rgb;
    };
    for (const Row& row : {Row{Depth::none, -1, -1, -1, -1, -1}, Row{Depth::eight, -1, 1, 1, 1, 1},
                           Row{Depth::sixteen, -1, 1, 9, 9, 9}, Row{Depth::indexed, -1, 1, 9, 196, 196},
                           Row{Depth::direct, -1, 1, 0xff0000, 0xff0000, 0xfe0101}}) {
        EXPECT_EQ(top::nearest(standard, row.depth), row.standard);
        EXPECT_EQ(top::nearest(red, row.depth), row.red);
        EXPECT_EQ(top::nearest(bright_red, row.depth), row.bright_red);
        EXPECT_EQ(top::nearest(cube, row.depth), row.cube);
        EXPECT_EQ(top::nearest(rgb, row.depth), row.rgb);
    }
    for (const auto& [colors, depth] : {std::pair{-1, Depth::none},
                                        {2, Depth::none},
                                        {8, Depth::eight},
                                        {16, Depth::sixteen},
                                        {88, Depth::sixteen},
                                        {256, Depth::indexed},
                                        {1 << 24, Depth::direct}})
        EXPECT_EQ(top::depth_of(colors), depth) << colors;
}

TEST(ScreenSnapshot, IsReadFromALine) {
    auto snapshot = top::parse_snapshot(
        R"({"time":9,"jails":[{"jid":1,"name":"a","hostname":"h","path":"/","state":"active","created":5,)"
        R"("cpu":null,"memory":7,"processes":2}],"sessions":[{"session":"a:1","jail":"a","host_pid":3,"owner":0,)"
        R"("terminal":true,"tty":"pts/0","attached":true,"created":6,"rows":24,"columns":80,"output":99,)"
        R"("program":"sh"}]})");
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->jails.at(0).memory, 7U);
    EXPECT_FALSE(snapshot->jails.at(0).cpu);
    EXPECT_EQ(snapshot->sessions.at(0).columns, 80);
    EXPECT_EQ(snapshot->sessions.at(0).output, 99U);
    EXPECT_EQ(snapshot->sessions.at(0).leader, 3U);
    for (const char* other :
         {"", "{", "[]", "{}", R"({"time":1,"jails":{"a":1},"sessions":[]})",
          R"({"time":-1,"jails":[{}],"sessions":[]})", R"({"time":"x","jails":[],"sessions":[]})"})
        EXPECT_FALSE(top::parse_snapshot(other)) << other;
}

TEST(ScreenSnapshot, ReadsTheNamesThatAreConfigured) {
    EXPECT_EQ(top::parse_configured(R"([{"name":"a","params":{"depend":["b","c"]}},{"name":"b"}])"),
              (std::vector<top::Configured>{{"a", {"b", "c"}}, {"b", {}}}));
    EXPECT_FALSE(top::parse_configured("jconsole: no"));
    EXPECT_FALSE(top::parse_configured(R"([{"params":1}])"));
}

} // namespace
