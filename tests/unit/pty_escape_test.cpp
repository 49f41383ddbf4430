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
