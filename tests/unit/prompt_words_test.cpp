// Words, aliases and what TAB adds: tables.
#include "shell/prompt/aliases.hpp"
#include "shell/prompt/completion.hpp"
#include "shell/prompt/pager.hpp"
#include "shell/prompt/words.hpp"
#include "shell/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using prompt::Open;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> result;
    for (const prompt::Word& word : prompt::split(text).words)
        result.push_back(word.text);
    return result;
}

TEST(Words, AreQuotedAsInAPosixShell) {
    EXPECT_THAT(words_of(""), IsEmpty());
    EXPECT_THAT(words_of(" \t\n "), IsEmpty());
    EXPECT_THAT(words_of("ls  -v"), ElementsAre("ls", "-v"));
    EXPECT_THAT(words_of("'a b' \"c d\" e\\ f"), ElementsAre("a b", "c d", "e f"));
    EXPECT_THAT(words_of("a'b'\"c\"d"), ElementsAre("abcd"));
    EXPECT_THAT(words_of("'' \"\""), ElementsAre("", ""));
    EXPECT_THAT(words_of("'\\' \"a\\\"b\\$c\\d\""), ElementsAre("\\", "a\"b$c\\d"));
    EXPECT_THAT(words_of("a\\\nb \"c\\\nd\""), ElementsAre("ab", "cd"));
    EXPECT_THAT(words_of("a\\\n b"), ElementsAre("a", "b"));
    EXPECT_THAT(words_of("$HOME * ~"), ElementsAre("$HOME", "*", "~"));
    EXPECT_THAT(words_of("a # b\nc"), ElementsAre("a", "c"));
    EXPECT_THAT(words_of("a#b '#' \\#"), ElementsAre("a#b", "#", "#"));
    EXPECT_THAT(words_of("\xc3\xa4 \xff"), ElementsAre("\xc3\xa4", "\xff"));
}

TEST(Words, SayWhereTheyStand) {
    prompt::Line line = prompt::split("  'a b'  c");
    ASSERT_EQ(line.words.size(), 2U);
    EXPECT_EQ(line.words[0].begin, 2U);
    EXPECT_EQ(line.words[0].end, 7U);
    EXPECT_TRUE(line.words[0].quoted);
    EXPECT_EQ(line.words[1].end, 10U);
    EXPECT_FALSE(line.words[1].quoted);
}

TEST(Words, SayWhatIsOpen) {
    EXPECT_EQ(prompt::split("a 'b").open, Open::single_quote);
    EXPECT_EQ(prompt::split("a \"b'").open, Open::double_quote);
    EXPECT_EQ(prompt::split("a \"b\\").open, Open::double_quote);
    EXPECT_EQ(prompt::split("a \\").open, Open::backslash);
    EXPECT_EQ(prompt::split("a \\\\").open, Open::none);
    EXPECT_EQ(prompt::split("a # '").open, Open::none);
    EXPECT_TRUE(prompt::wants_more("a 'b"));
    EXPECT_FALSE(prompt::wants_more(" !echo 'b"));
    EXPECT_FALSE(prompt::wants_more(""));
}

TEST(Words, OfSeveralLinesAreSeveralCommands) {
    EXPECT_THAT(prompt::commands_of("a b"), ElementsAre("a b"));
    EXPECT_THAT(prompt::commands_of("a\nb"), ElementsAre("a", "b"));
    EXPECT_THAT(prompt::commands_of("a 'b\nc' d\ne"), ElementsAre("a 'b\nc' d", "e"));
    EXPECT_THAT(prompt::commands_of("a \\\nb\n!it's\nc"), ElementsAre("a \\\nb", "!it's", "c"));
    EXPECT_THAT(prompt::commands_of("a\nb 'c\n"), ElementsAre("a", "b 'c\n"));
}

TEST(Words, NoticeOperators) {
    EXPECT_EQ(prompt::split("ls | cat").meaningless, '|');
    EXPECT_EQ(prompt::split("ls >x;").meaningless, '>');
    EXPECT_EQ(prompt::split("ls '|' \">\" \\;").meaningless, '\0');
}

TEST(Words, AQuotedRestIsReadBack) {
    for (std::string_view rest : {"", "plain", "a b", "it's", "\"$x`\\", "#~*", "\xc3\xa4;|&"})
        for (const auto& [begin, open] : {std::pair{"w", Open::none}, std::pair{"'w", Open::single_quote},
                                          std::pair{"\"w", Open::double_quote}})
            EXPECT_THAT(words_of(begin + prompt::quote_rest(rest, open, true)),
                        ElementsAre("w" + std::string(rest)))
                << begin << rest;
    EXPECT_THAT(words_of("w\\" + prompt::quote_rest(" b c", Open::backslash, true)), ElementsAre("w b c"));
}

TEST(Aliases, AreDefinedAndExpanded) {
    prompt::Aliases aliases;
    aliases.define(" ll = ls -v ");
    aliases.define("in='web1 -- sh -c'");
    aliases.define("ls = ls --json");
    aliases.define("a = b 1");
    aliases.define("b = a 2");
    aliases.define("here = !uname -a");
    aliases.define("w = web1 --  # it's the web jail");
    aliases.define("q='web1 -- echo' # quoted");
    aliases.define("h = web1 -- echo '#' a#b \\# # more");
    struct {
        std::string_view line;
        std::string_view expanded;
    } rows[] = {
        {"ll", "ls --json -v"},
        {"  ll x 'y z'", "ls --json -v x 'y z'"},
        {"in 'echo a'", "web1 -- sh -c 'echo a'"},
        {"ls", "ls --json"},
        {"a 3", "a 2 1 3"},
        {"here x", "!uname -a x"},
        {"w hostname", "web1 -- hostname"},
        {"q x", "web1 -- echo x"},
        {"h x", "web1 -- echo '#' a#b \\# x"},
        {"'ll'", "'ll'"},
        {"x ll", "x ll"},
        {"", ""},
        {"# ll", "# ll"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(aliases.expand(row.line), row.expanded);
    EXPECT_EQ(aliases.list("ll"), "alias ll = ls -v\n");
    EXPECT_TRUE(aliases.remove("ll"));
    EXPECT_FALSE(aliases.remove("ll"));
    EXPECT_EQ(aliases.expand("ll"), "ll");
}

TEST(Aliases, RefuseWhatIsNone) {
    prompt::Aliases aliases;
    for (std::string_view text : {"", "x", "x =", "= y", "x y", "x y = z", "'x' = y", "x|y = z", "!x = y",
                                  "x = 'y", "#x = y", "x = # y"})
        EXPECT_THROW(aliases.define(text), shell::FailureError) << text;
    EXPECT_EQ(aliases.list(), "");
}

struct Added {
    std::string line;
    std::vector<std::string> candidates;
    std::string common;
    bool finished;
};

class Tab : public testing::TestWithParam<Added> {};

TEST_P(Tab, Adds) {
    prompt::Completion result = prompt::complete(prompt::unfinished(GetParam().line), GetParam().candidates);
    EXPECT_EQ(result.common, GetParam().common);
    EXPECT_EQ(result.finished, GetParam().finished);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Tab,
    testing::Values(Added{"l", {"ls"}, "s", true}, Added{"ls ", {"web1"}, "web1", true},
                    Added{"st", {"start", "stop"}, "", false}, Added{"s", {"start", "stop", "x"}, "t", false},
                    Added{"x --us", {"--user="}, "er=", false}, Added{"cd /e", {"/etc/"}, "tc/", false},
                    Added{"cat 'a ", {"a b"}, "b'", true}, Added{"cat a", {"a b"}, "\\ b", true},
                    Added{"cat \"a", {"a$b"}, "\\$b\"", true}, Added{"cat 'a", {"a/"}, "/", false},
                    Added{"x", {}, "", false}, Added{"x", {"y"}, "", false}, Added{"ls", {"ls"}, "", true},
                    // hostile: nothing that cannot be seen comes into the line
                    Added{"cat a", {"ab\x1b[2Jc"}, "b", false}, Added{"cat a", {"a\nrm"}, "", false},
                    Added{"cat a",
                          {"a\xe2\x80\xae"
                           "b"},
                          "",
                          false},
                    Added{"cat a", {"a\xff"}, "", false},
                    // never half a character
                    Added{"cat ", {"\xc3\xa4", "\xc3\xb6"}, "", false}));

TEST(Tab, ShowsWhatIsHostileEscaped) {
    prompt::Completion result =
        prompt::complete(prompt::unfinished("cat /x/a"), {"/x/a\x1b]0;t\a", "/x/ab", "/x/ab", "/x/ac/"});
    EXPECT_THAT(result.shown, ElementsAre("a\\x1b]0;t\\x07", "ab", "ac/"));
    EXPECT_THAT(result.added, ElementsAre("", "b", "c/"));
}

TEST(Tab, KnowsTheWordsBefore) {
    prompt::Unfinished line = prompt::unfinished("check 'a b' --js");
    EXPECT_THAT(line.before, ElementsAre("check", "a b"));
    EXPECT_EQ(line.current, "--js");
    line = prompt::unfinished("check ");
    EXPECT_THAT(line.before, ElementsAre("check"));
    EXPECT_EQ(line.current, "");
}

TEST(Pager, CountsRows) {
    EXPECT_EQ(prompt::rows_of("", 10), 0U);
    EXPECT_EQ(prompt::rows_of("\n", 10), 1U);
    EXPECT_EQ(prompt::rows_of("a\nb", 10), 2U);
    EXPECT_EQ(prompt::rows_of("0123456789\n", 10), 1U);
    EXPECT_EQ(prompt::rows_of("0123456789a\n", 10), 2U);
    EXPECT_EQ(prompt::rows_of("\xc3\xa4\xc3\xa4\n", 2), 1U);
}

} // namespace
