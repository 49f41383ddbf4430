#include "tests/unit/conf_helpers.hpp"

#include <gtest/gtest.h>

namespace {

using conf_test::expect_all;
using conf_test::shown;

TEST(ConfLexer, KnowsWhatIsBlank) {
    expect_all({
        {"a{\r\n\tpath = /x ;\r\n}\r\n", "a:path=[/x]"},
        {"a{b\fc;}", "E{/etc/jail.conf line 1: \f: syntax error}"},
    });
}

TEST(ConfLexer, TakesCommentsAnywhereOutsideQuotes) {
    expect_all({
        {"# all\n// of\n/* it\n*/ a { x = foo#bar;\n; }", "a:x=[foo]"},
        {"a { x = /usr//jails;\n; }", "a:x=[/usr]"},
        {"a { x = /usr/* * ** */; }", "a:x=[/usr]"},
        {"a { x = /usr/**/; }", "a:x=[/usr]"},
        {"a { x/* no nesting /* */ = 1; }", "a:x=[1]"},
        {"a { x = \"#\", '//', \"/* */\"; }", "a:x=[#,//,/* */]"},
        {"a { x/**/y; }", "a:x=[y]"}, // a comment parts words
        {"a { x = /etc/*.conf; }", "E{/etc/jail.conf line 1: unterminated comment}"
                                   "E{/etc/jail.conf: unexpected EOF}"},
        {"/*/ a{}", "E{/etc/jail.conf line 1: unterminated comment}"},
    });
}

TEST(ConfLexer, CutsBareStrings) {
    expect_all({
        {"a { x = AZaz09_!%&()-.:<>?@[]^`|~; }", "a:x=[AZaz09_!%&()-.:<>?@[]^`|~]"},
        {"a { x = $5$$*+/; }", "a:x=[$5$$*+/]"},
        {"a { x = $(cmd); }", "a:x=[$(cmd)]"},
        {"a { x = a+b, a+ =; }", "E{/etc/jail.conf line 1: =: syntax error}"},
        {"a { x = 1; x = a+=b; }", "E{/etc/jail.conf line 1: +=: syntax error}"},
        {"a { x = 0x1F, 007, -1; }", "a:x=[0x1F,007,-1]"}, // there are no numbers
        {"a { x = \xc3\xa9; }", "E{/etc/jail.conf line 1: \xc3: syntax error}"},
        {"a { x = \"\xc3\xa9\"; } # \xff", "a:x=[\xc3\xa9]"},
        {"a'x' {}", "E{/etc/jail.conf line 1: 'x': syntax error}"},
    });
}

TEST(ConfLexer, JoinsPiecesWithNothingBetween) {
    expect_all({
        {"a { x = \"a\"b'c'$name; }", "a:x=[abca]"},
        {"a { x = 'a''b'\"\"c; }", "a:x=[abc]"},
        {"a { x = \"\"; }", "a:x=[]"},
        {"a { x = lo1|10.0.0.1/24; }", "a:x=[lo1|10.0.0.1/24]"},
    });
}

TEST(ConfLexer, ResolvesEscapesBareAndInBothQuotes) {
    for (const char* quote : {"", "\"", "'"}) {
        std::string q = quote;
        EXPECT_EQ(shown("a { x = " + q + R"(\a\b\f\n\r\t\v\q\\\$y)" + q + "; }"), "a:x=[\a\b\f\n\r\t\vq\\$y]")
            << q;
        EXPECT_EQ(shown("a { x = " + q + R"(\1\12\1014\x4\x41B\x4g)" + q + "; }"), "a:x=[\1\n"
                                                                                   "A4\4AB\4g]")
            << q;
        EXPECT_EQ(shown("a { x = " + q + "one\\\n  two" + q + "; }"),
                  q.empty() ? "E{/etc/jail.conf line 2: two: syntax error}" : "a:x=[one  two]")
            << q;
        EXPECT_EQ(shown("a { x = " + q + R"(\"\')" + q + "; }"), "a:x=[\"']") << q;
        // As in C, a NUL ends a piece.
        EXPECT_EQ(shown("a { x = " + q + R"(a\0b)" + q + "c; }"), q.empty() ? "a:x=[abc]" : "a:x=[ac]") << q;
    }
}

TEST(ConfLexer, KeepsNewlinesInQuotes) {
    expect_all({
        {"a { x = \"one\n two\", 'three\nfour'; }", "a:x=[one\n two,three\nfour]"},
        {"a { x = \"one\ntwo\";\n y y y; }", "E{/etc/jail.conf line 3: y: syntax error}"},
    });
}

TEST(ConfLexer, KnowsVariables) {
    expect_all({
        {"a { $v = 1; x = $v, ${v}, \"$v\", \"${v}b\", '$v', \\$v; }", "a:x=[1,1,1,1b,$v,$v]"},
        {"a { $v = 1; x = \"a$v$v-${v}\"; }", "a:x=[a11-1]"},
        {"a { host.hostname = h; $host = H; x = $host.hostname, ${host.hostname}; }",
         "a:host.hostname=[h];x=[H.hostname,h]"},
        {"a { ${name:-x} = 1; x = ${name:-x}; }", "a:x=[1]"},
        {"a { ${a\"b c} = 1; x = ${a\"b c}; }", "a:x=[1]"},
        {"a { ${a\\}b} = 1; x = \"${a\\}b}\"; }", "a:x=[1]"},
        {"a { ${a\\}\n = 1; x = ${a\\}\n; }", "a:x=[1]"},
        {"a { ${a\\} = 1; x = 1;\n}", "E{/etc/jail.conf line 1: unterminated variable}"},
        {"a { x = ${a\\}, 1;\n y = z; }", "E{/etc/jail.conf line 1: unterminated variable}"
                                          "E{/etc/jail.conf line 2: =: syntax error}"},
        {"a { $v = 1; x = \"$5 $$ $(cmd) $\"; }", "a:x=[$5 $$ $(cmd) $]"},
        {"a { x = \"\\${epair0%a}b\"; }", "a:x=[${epair0%a}b]"},
        {"a { $_v1 = 1; x = $_v1-2; }", "a:x=[1-2]"},
        {"a { $v = 1; x = \"$v\\n$v\\\"\"; }", "a:x=[1\n1\"]"},
        {"a { $v = 1; x = \"$v'$v#$v//$v/*\"; }", "a:x=[1'1#1//1/*]"},
        {"a { x = ${v\n}; }", "E{/etc/jail.conf line 1: unterminated variable}"
                              "E{/etc/jail.conf line 2: }: syntax error}"},
        {"a { x = \"${v\"; }", "E{/etc/jail.conf line 1: unterminated variable}"},
    });
}

TEST(ConfLexer, ReportsStringsWithoutEnd) {
    expect_all({
        {"a { x = \"one;\n}\n", "E{/etc/jail.conf line 1: unterminated string}"
                                "E{/etc/jail.conf line 2: }: syntax error}"},
        {"a { x = 'one;\ny; }\n", "E{/etc/jail.conf line 1: unterminated string}"},
    });
}

TEST(ConfGrammar, AcceptsEveryForm) {
    expect_all({
        {"a{}", "a:"},
        {"a {};", "a:"},
        {";;a{;;b;;};", "a:b"},
        {"a { path \"/x\"; }", "a:path=[/x]"},
        {"a { x y, z; }", "a:x=[y,z]"},
        {"a { x=1,2 , 3; }", "a:x=[1,2,3]"},
        {"a { \"x y\" = 1; }", "a:x y=[1]"},
        {"\"foo.bar\" {} 'x$y' {} \"a/b\" {}", "foo.bar: x$y: a/b:"},
        {"a { ${a.b}=1; x=${a.b}; }", "a:x=[1]"},
        {"* { x; } a {}", "a:x"},
        {"", ""},
    });
}

TEST(ConfGrammar, RejectsTheRest) {
    const std::string at = "E{/etc/jail.conf line 1: ";
    for (const auto& [text, token] : {std::pair{"a { x=; }", ";"},
                                      {"a { x=1,; }", ";"},
                                      {"a { x=a b; }", "b"},
                                      {"a { x=a=b; }", "="},
                                      {"a { x += ; }", ";"},
                                      {"a { x }; }", "}"},
                                      {"foo.* { ; }", "*"},
                                      {"*.b { ; }", ".b"},
                                      {"a/b { ; }", "/"},
                                      {"\"x$y\" { ; }", "$y"},
                                      {"$a { ; }", "{"},
                                      {"a { $a.b=1; }", ".b"},
                                      {"a { \"/x/$y\"=1; }", "$y"},
                                      {"}; a{}", "}"},
                                      {"a { x = \"/x/$y\" \"/z/$y\"; }", "\"/z/"},
                                      {"= 1;", "="}})
        EXPECT_EQ(shown(std::string(text)).substr(0, at.size() + std::string(token).size()), at + token)
            << text;
    EXPECT_EQ(shown(std::string("a { x;")), "E{/etc/jail.conf: unexpected EOF}");
    EXPECT_EQ(shown(std::string("a { x")), "E{/etc/jail.conf: unexpected EOF}");
}

TEST(ConfGrammar, TellsAllErrorsButNeedsThreeTokensOfPeaceInALine) {
    expect_all({
        {"a = = 1; = 2; c = , 3;\n", "E{/etc/jail.conf line 1: =: syntax error}"
                                     "E{/etc/jail.conf line 1: ,: syntax error}"},
        {"a = = 1;\n= 2;\nc = = 3;\n", "E{/etc/jail.conf line 1: =: syntax error}"
                                       "E{/etc/jail.conf line 2: =: syntax error}"
                                       "E{/etc/jail.conf line 3: =: syntax error}"},
        {"a = = 1;\n\"", "E{/etc/jail.conf line 1: =: syntax error}"
                         "E{/etc/jail.conf line 2: unterminated string}"},
        {"a = = { } , never ends", "E{/etc/jail.conf line 1: =: syntax error}"},
        // What is in a block of a wrong name, or behind a brace too many, is looked at.
        {"foo.* {\n x = ;\n}\na/b {\n y = ;\n}\n$c {\n z = ;\n}\n",
         "E{/etc/jail.conf line 1: *: syntax error}"
         "E{/etc/jail.conf line 2: ;: syntax error}"
         "E{/etc/jail.conf line 4: /: syntax error}"
         "E{/etc/jail.conf line 5: ;: syntax error}"
         "E{/etc/jail.conf line 7: {: syntax error}"
         "E{/etc/jail.conf line 8: ;: syntax error}"},
        {"a { x;\n}\n}\nb {\n y = ;\n}", "E{/etc/jail.conf line 3: }: syntax error}"
                                         "E{/etc/jail.conf line 5: ;: syntax error}"},
        {"a {\n x = , {\n  y;\n }\n z = ;\n}", "E{/etc/jail.conf line 2: ,: syntax error}"
                                               "E{/etc/jail.conf line 5: ;: syntax error}"},
    });
}

TEST(ConfGrammar, TellsWhereASemicolonIsMissing) {
    expect_all({
        {"a {\n path = \"/x\"\n host.hostname = h\n persist;\n}",
         "E{/etc/jail.conf line 3: host.hostname: syntax error}"
         "E{/etc/jail.conf line 2: perhaps a ; is missing behind \"/x\"}"
         "E{/etc/jail.conf line 4: persist: syntax error}"
         "E{/etc/jail.conf line 3: perhaps a ; is missing behind h}"},
        {"a {\n persist\n path = /x;\n y = ;\n}",
         "E{/etc/jail.conf line 3: =: syntax error}"
         "E{/etc/jail.conf line 2: perhaps a ; is missing behind persist}"
         "E{/etc/jail.conf line 4: ;: syntax error}"},
        {"persist\nweb {\n x = ;\n}", "E{/etc/jail.conf line 2: {: syntax error}"
                                      "E{/etc/jail.conf line 1: perhaps a ; is missing behind persist}"
                                      "E{/etc/jail.conf line 3: ;: syntax error}"},
        {"a { x }\nb {\n y = 1, 2\n}", "E{/etc/jail.conf line 1: }: syntax error}"
                                       "E{/etc/jail.conf line 1: perhaps a ; is missing behind x}"
                                       "E{/etc/jail.conf line 4: }: syntax error}"
                                       "E{/etc/jail.conf line 3: perhaps a ; is missing behind 2}"},
        {"x = a\n b, c, d;", "E{/etc/jail.conf line 2: b: syntax error}"
                             "E{/etc/jail.conf line 1: perhaps a ; is missing behind a}"},
    });
}

TEST(ConfGrammar, TouchesNoJailAfterAnyErrorInTheFile) {
    EXPECT_TRUE(conf_test::read("a { persist; } b = ;").jails.empty());
}

} // namespace
