// What a session has written, made fit to be shown by another terminal.
#include "shell/command/text_and_colours.hpp"

#include <gtest/gtest.h>

namespace {

TEST(TextAndColours, KeepsTextLinesAndColours) {
    using namespace std::string_literals;
    const std::pair<std::string, std::string> table[] = {
        {"", ""},
        {"one\r\ntwo", "one\r\ntwo\x1b[m\n"},
        {"a\tb\b\n", "a\tb\b\n\x1b[m"},
        {"\x1b[1;31mred\x1b[m \x1b[38:2:1:2:3mtrue\x1b[0m\n",
         "\x1b[1;31mred\x1b[m \x1b[38:2:1:2:3mtrue\x1b[0m\n\x1b[m"},
        {"\xc3\xa9\xe7\x8e\x8b\n", "\xc3\xa9\xe7\x8e\x8b\n\x1b[m"},
        // what a terminal answers: where, who, which version, which settings, its answerback, its title
        {"a\x1b[6n\x1b[c\x1b[>c\x1b[=c\x1b[>0q\x1b[?1$p\x1b[5n\x1bZ\x05\x1b[21tb\n", "ab\n\x1b[m"},
        {"a\x1bP$qm\x1b\\b\x1bP+q544e\x1b\\c\n", "abc\n\x1b[m"},
        {"a\x1b]11;?\x07"
         "b\x1b]52;c;?\x1b\\c\x1b_x\x1b\\d\x1b^x\x1b\\e\x1bXx\x1b\\f\n",
         "abcdef\n\x1b[m"},
        // what moves the cursor, or changes a mode or a key
        {"a\x1b[2J\x1b[H\x1b[?1049h\x1b[4;1H\x1b[>4;2mb\x1b(0\x1b#8\x1b"
         "7\x0e\n",
         "ab\n\x1b[m"},
        // broken off, and what goes on in the middle of one
        {"a\x1b", "a\x1b[m\n"},
        {"a\x1b[", "a\x1b[m\n"},
        {"a\x1b[12", "a\x1b[m\n"},
        {"a\x1b]0;title", "a\x1b[m\n"},
        {"a\x1b[1\nb\n", "a\nb\n\x1b[m"},
        {"a\x1b[\x1b[6nb\n", "ab\n\x1b[m"},
        {"a\x1b]0;t\x1b[6nb\n", "ab\n\x1b[m"},
        {"a\x1b]0;t\x18"
         "b\n",
         "ab\n\x1b[m"},
        // controls of eight bits, as bytes and as UTF-8; what hides and turns text round
        {"a\x9b"
         "6n\xc2\x9b"
         "6n\n",
         "a\\x9b6n\\u{9b}6n\n\x1b[m"},
        {"\xe2\x80\xae\n", "\\u{202e}\n\x1b[m"},
        {"a\0b\x7f\n"s, "ab\n\x1b[m"},
    };
    for (const auto& [output, shown] : table)
        EXPECT_EQ(shell::text_and_colours(output), shown) << testing::PrintToString(output);
}

} // namespace
