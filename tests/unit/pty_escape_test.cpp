#include "pty/escape.hpp"

#include <gtest/gtest.h>

namespace {

using std::string_view;
using namespace std::string_view_literals;

struct Case {
    string_view text;
    string_view shown;
};

TEST(Escape, LeavesNothingThatATerminalObeys) {
    for (const Case& one : {
             Case{"plain \\ text", "plain \\ text"},
             Case{"Grüße 世界 🙂", "Grüße 世界 🙂"},
             Case{"\x1b[31mred\x07", "\\x1b[31mred\\x07"},
             Case{"a\nb\tc\r"sv, "a\\x0ab\\x09c\\x0d"},
             Case{"nul\0"sv, "nul\\x00"},
             Case{"\x7f", "\\x7f"},
             Case{"\xc2\x9b"
                  "1m",
                  "\\u{9b}1m"},
             Case{"\x9b", "\\x9b"},
             Case{"\xe2\x80\xae"
                  "gpj.exe",
                  "\\u{202e}gpj.exe"},
             Case{"\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}"},
             Case{"\xe2\x80\xa8", "\\u{2028}"},
             Case{"\xef\xbb\xbf", "\\u{feff}"},
             Case{"\xc0\xaf", "\\xc0\\xaf"},                   // overlong
             Case{"\xe0\x80\x80", "\\xe0\\x80\\x80"},          // overlong
             Case{"\xed\xa0\x80", "\\xed\\xa0\\x80"},          // surrogate
             Case{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, // above U+10FFFF
             Case{"\xf5", "\\xf5"},
             Case{"cut \xe4\xb8", "cut \\xe4\\xb8"},
         })
        EXPECT_EQ(pty::escape(one.text), one.shown);
}

TEST(EscapedLines, AreTheSameHoweverTheyAreCut) {
    string_view text = "Grüße 世界 🙂\n\ta \x1b]52;c;eA==\x07\r\x7f\xe2\x80\xae \xff\xe4\xb8 "
                       "\xf0\x9f\xc3\xa9 \xc2\x9b";
    string_view shown = "Grüße 世界 🙂\n\ta \\x1b]52;c;eA==\\x07\\x0d\\x7f\\u{202e} \\xff\\xe4\\xb8 "
                        "\\xf0\\x9fé \\u{9b}";
    for (size_t size = 1; size <= text.size(); ++size) {
        pty::EscapedLines lines;
        std::string out;
        for (size_t begin = 0; begin < text.size(); begin += size)
            out += lines.take(text.substr(begin, size));
        EXPECT_EQ(out + lines.finish(), shown) << size;
    }
}

TEST(EscapedLines, HoldBackTheBeginningOfACharacterOnly) {
    pty::EscapedLines lines;
    EXPECT_EQ(lines.take("no line feed \xf0\x9f\x99"), "no line feed ");
    EXPECT_EQ(lines.take("\x82"), "🙂");
    EXPECT_EQ(lines.take("\xe4\xb8"), "");
    EXPECT_EQ(lines.finish(), "\\xe4\\xb8");
    EXPECT_EQ(lines.finish(), "");
}

TEST(Escape, OfInvalidBytesAloneKeepsTheRest) {
    EXPECT_EQ(pty::escape_invalid("\x1b[0m \xe2\x80\xae \xff"), "\x1b[0m \xe2\x80\xae \\xff");
}

TEST(Escape, KnowsUtf8) {
    EXPECT_TRUE(pty::is_utf8(""));
    EXPECT_TRUE(pty::is_utf8("\xf4\x8f\xbf\xbf \xc2\x80 \xe0\xa0\x80"));
    for (string_view bad : {"\x80", "\xc1\xbf", "\xe4\xb8", "\xed\xbf\xbf", "\xf8\x88\x80\x80\x80"})
        EXPECT_FALSE(pty::is_utf8(bad)) << pty::escape(bad);
}

} // namespace
