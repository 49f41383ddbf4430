#include "tests/unit/conf_helpers.hpp"

#include "jailcore/conf/names.hpp"
#include "jailcore/plan/parameters.hpp"

#include <gtest/gtest.h>

namespace {

using conf_test::errors;
using conf_test::expect_all;
using conf_test::read;
using conf_test::shown;

TEST(ConfBlocks, OfOneNameStayApart) {
    expect_all({{"a { x; } a { y; }", "a:x a:y"}});
}

TEST(ConfBlocks, NestByDotsAndInheritNothing) {
    expect_all({
        {"a { x; b { y; c {} } z; }", "a:x;z a.b:y a.b.c:"},
        {"* { s { x; } } a { } a { s {} }", "a: a: a.s:x"},
    });
}

TEST(ConfBlocks, WildcardsMatchComponents) {
    for (const auto& [wildcard, jail, matches] : {std::tuple{"*", "a", true},
                                                  {"*", "a.b.c", true},
                                                  {"foo.*", "foo", false},
                                                  {"foo.*", "foo.a", true},
                                                  {"foo.*", "foo.a.b", true},
                                                  {"foo.*", "bar.a", false},
                                                  {"*.b", "a.b", true},
                                                  {"*.b", "a.c.b", false},
                                                  {"*.b", "b", false},
                                                  {"*.*", "a", false},
                                                  {"*.*", "a.b.c", true},
                                                  {"a.*.c", "a.b.c", true},
                                                  {"a.*.c", "a.b.d", false},
                                                  {"a.*.c", "a.b", false}})
        EXPECT_EQ(jailcore::conf::wildcard_matches(wildcard, jail), matches) << wildcard << " " << jail;
    for (const char* name : {"*", "a.*", "*.a", "a.*.b"})
        EXPECT_TRUE(jailcore::conf::is_wildcard(name)) << name;
    for (const char* name : {"", "a", "a*", "*a", "a.*b", "**"})
        EXPECT_FALSE(jailcore::conf::is_wildcard(name)) << name;
}

TEST(ConfBlocks, ComeInFileOrderSoThatAWildcardBelowWins) {
    expect_all({
        {"a { x = 1; } * { x = 2; }", "a:x=[2]"},
        {"* { x = 2; } a { x = 1; }", "a:x=[1]"},
        {"\"a.*\" { x = 1; } * { y = 1; } \"a.b\" { x = 2; z; }", "a.b:x=[2];y=[1];z"},
    });
}

TEST(ConfBlocks, GlobalsAreOneWildcardWhereTheFirstStands) {
    expect_all({
        {"x=0; a{x=1;} x=2;", "a:x=[1]"},
        {"a{x=1;} x=2;", "a:x=[2]"},
        {"y; a { x; } z;", "a:y;z;x"},
    });
}

TEST(ConfAssignment, ReplacesAppendsAndClears) {
    expect_all({
        {"a { x = 1, 2; x = 3; }", "a:x=[3]"},
        {"x = 1; a { x += 2, 3; x += 4; }", "a:x=[1,2,3,4]"},
        {"a { x += 1; }", "a:x=[1]"},
        {"a { x; x += 1; }", "a:x=[1]"},
        {"x = 1; a { x; }", "a:x"},
        {"a { $v = 1; $v += 2; x = $v; }", "a:x=[1,2]"},
    });
}

TEST(ConfAssignment, OfANoFormIsTheSameSlotUnderTheNameWrittenLast) {
    expect_all({
        {"mount.devfs; a { mount.nodevfs; } b {}", "a:mount.nodevfs b:mount.devfs"},
        {"persist; y; a { nopersist; }", "a:nopersist;y"},
        {"allow.noraw_sockets; a { allow.raw_sockets = 1; }", "a:allow.raw_sockets=[1]"},
        {"a { noa.b; a.b; }", "a:a.b"},
        {"a { a.nob.c; a.b.c; a.b.noc; }", "a:a.b.noc"},
    });
    expect_all({
        {"a { nos; s; }", "a:s"},
        {"a { nonos; s; nos; }", "a:nos"},
        {"a { nonos; s = 1; nos = 2; s = 3; }", "a:s=[3]"},
        {"a { nonos = 1; s = 2; nos += 3; }", "a:nos=[1,3]"},
        {"a { nonos; s; }", "a:nonos;s"},
        {"7 { nonojid; nojid; jid; }", "!7:jid=[7];nonojid"},
    });
    EXPECT_FALSE(jailcore::same_slot("nonox", "x"));
    EXPECT_TRUE(jailcore::same_slot("nonox", "nox"));
    EXPECT_FALSE(jailcore::same_slot("noa.nob", "a.b"));
    EXPECT_FALSE(jailcore::same_slot("ax", "anox"));
    EXPECT_EQ(jailcore::slot_key("nonoa.nob.no"), jailcore::slot_key("a.b.no"));
}

// Whatever is set, in whatever order: no name twice, and no two names of one parameter.
TEST(ConfAssignment, LeavesNoParameterTwice) {
    const std::vector<std::string> words{"s;",       "nos;",   "nonos;", "nononos;", "jid;", "nojid;",
                                         "nonojid;", "a.nos;", "noa.s;", "noa.nos;", "a.s;"};
    uint32_t random = 1;
    for (int round = 0; round < 2000; ++round) {
        std::string text = round % 2 == 0 ? "a {" : "* {";
        for (int i = 0; i < 8; ++i) {
            random = random * 1664525 + 1013904223;
            text += words[(random >> 16) % words.size()];
        }
        text += round % 2 == 0 ? "}" : "} 7 {} a {}";
        for (const auto& jail : read(text).jails)
            for (size_t i = 0; i < jail.parameters.size(); ++i)
                for (size_t j = 0; j < i; ++j)
                    EXPECT_FALSE(jailcore::same_slot(jail.parameters[i].name, jail.parameters[j].name))
                        << text;
    }
}

TEST(ConfNames, ComeFromTheBlock) {
    expect_all({
        {"a {}", "a:"},
        {"5 { x = $jid, $name; }", "5:jid=[5];x=[5,5]"},
        {"5 { name = web; x = $name; }", "5:jid=[5];name=[web];x=[web]"},
        {"0 { x = $name; }", "0:x=[0]"},
        {"a { jid = 7; x = $jid; }", "a:jid=[7];x=[7]"},
    });
    EXPECT_EQ(read("5 {}").jails[0].parameters.back().name, "name");
    EXPECT_EQ(read("a {}").jails[0].parameters.front().name, "name");
}

TEST(ConfNames, CannotBeRedefined) {
    EXPECT_EQ(errors(read("a { name = b; }")), "a: cannot redefine parameter \"name\".");
    EXPECT_EQ(errors(read("a { noname; }")), "a: cannot redefine parameter \"name\".");
    EXPECT_EQ(errors(read("a { jid = 1; jid = 2; }")), "a: cannot redefine parameter \"jid\".");
    EXPECT_EQ(errors(read("5 { jid = 6; }")), "5: cannot redefine parameter \"jid\".");
    EXPECT_EQ(shown(std::string("a { name = b; x; } c {}")), "!a:x c:");
}

TEST(ConfVariables, CannotHaveTheNameOfAParameter) {
    const char* path = "a: variable \"$path\" cannot have the same name as a parameter.";
    EXPECT_EQ(errors(read("a { $path = /x; }")), path);
    EXPECT_EQ(errors(read("a { path = /x; $path = /y; }")), path);
    EXPECT_EQ(errors(read("a { $x = 1; x = 2; }")),
              "a: variable \"$x\" cannot have the same name as a parameter.");
    EXPECT_EQ(errors(read("$name = b; a {}")),
              "a: variable \"$name\" cannot have the same name as a parameter.");
    EXPECT_EQ(shown(std::string("a { $x = 1; x = 2; y = $x; }")), "!a:y=[1]");
    EXPECT_EQ(shown(std::string("5 { $name = b; x = $name; }")), "!5:jid=[5];x=[b]");
    EXPECT_NE(read("5 { $name = b; }").jails[0].find("name"), nullptr);
}

TEST(ConfVariables, ResolveLazilyInEachJail) {
    expect_all({
        {"path = $j/$name; $j = /jails; a {} b { $j = /other; }", "a:path=[/jails/a] b:path=[/other/b]"},
        {"a { x = $v; $v = 1; $v = 2; y = $v; }", "a:x=[2];y=[2]"},
        {"a { $a = $b; $b = $c; $c = end; x = $a; }", "a:x=[end]"},
        {"a { path = /p; x = \"$path/etc\"; }", "a:path=[/p];x=[/p/etc]"},
        {"ip4.addr = 192.168.1.${id}; a { $id = 7; }", "a:ip4.addr=[192.168.1.7]"},
    });
}

TEST(ConfVariables, MoveAParameterBeforeTheOneThatNeedsIt) {
    // The order of jail(8): only a parameter that must itself be filled in moves.
    expect_all({
        {"a { x = $path/x; y; path = /j/$name; }", "a:path=[/j/a];x=[/j/a/x];y"},
        {"a { x = $path/x; y; path = /j; }", "a:x=[/j/x];y;path=[/j]"},
    });
}

TEST(ConfVariables, ThatAreListsStandForTheWholeValueOnly) {
    expect_all({
        {"a { $l = 1, 2; x = $l; }", "a:x=[1,2]"},
        {"a { $l = 1, 2; x = 0, \"$l\", 3; }", "a:x=[0,1,2,3]"},
        {"a { $l = 1, \"$name\"; $m = $l, 3; x = $m; y += $m; y += $l; }", "a:x=[1,a,3];y=[1,a,3,1,a]"},
        {"exec.start = 1, 2; a { exec.stop = ${exec.start}; }", "a:exec.start=[1,2];exec.stop=[1,2]"},
    });
    for (const char* inline_use : {"x$l", "\"$l \"", "$l$l", "$l$n", "$n$l"})
        EXPECT_EQ(errors(read("a { $l = 1, 2; $n = 0; x = " + std::string(inline_use) + "; }")),
                  "a: x: array cannot be substituted inline")
            << inline_use;
}

TEST(ConfVariables, ThatAreMissingFailTheirJailOnly) {
    EXPECT_EQ(errors(read("a { x = $v; } b {}")), "a: x: variable \"v\" not found");
    EXPECT_EQ(errors(read("a { $v; x = $v; }")), "a: x: variable \"v\" not found");
    EXPECT_EQ(errors(read("a { x = ${v:-1}; }")), "a: x: variable \"v:-1\" not found");
    EXPECT_EQ(errors(read("a { x = $jid; }")), "a: x: variable \"jid\" not found");
    EXPECT_EQ(shown(std::string("a { x = a${v}b; y = $x; } c {}")), "!a:x=[ab];y=[] c:");
    EXPECT_EQ(errors(read("x = $v; a {} b {}")),
              "a: x: variable \"v\" not found\nb: x: variable \"v\" not found");
}

TEST(ConfVariables, ThatNeedThemselvesFail) {
    EXPECT_EQ(errors(read("a { $v = $v; x = $v; }")), "a: v: variable loop");
    EXPECT_EQ(errors(read("a { x = \"$x:1\"; }")), "a: x: variable loop");
    EXPECT_EQ(errors(read("a { $a = $b; $b = $c; $c = $a; }")), "a: a: variable loop");
}

TEST(ConfInclude, ReadsBesideTheIncludingFile) {
    conf_test::FileSet set{
        {"/etc/more/x.conf", "x; .include \"y.conf\";"}, {"/etc/more/y.conf", "y;"}, {"/opt/z.conf", "z {}"}};
    EXPECT_EQ(shown(read(".include \"more/x.conf\", '/opt/z.conf'; a {}", set)), "z:x;y a:x;y");
}

TEST(ConfInclude, WorksInBlocks) {
    conf_test::FileSet set{{"/etc/in.conf", "x = 1; b { y; }"}};
    EXPECT_EQ(shown(read("a { .include in.conf; z; }", set)), "a:x=[1];z a.b:y");
}

TEST(ConfInclude, GlobsMayMatchNothingPlainNamesMust) {
    conf_test::FileSet set{{"/etc/d/1.conf", "one;"}, {"/etc/d/2.conf", "two;"}, {"/etc/d/3.txt", "three;"}};
    EXPECT_EQ(shown(read(".include \"d/*.conf\"; a {}", set)), "a:one;two");
    EXPECT_EQ(shown(read(".include \"e/*.conf\"; a {}", set)), "a:");
}

TEST(ConfInclude, IsToldWithItsPlaceAndHidesNothing) {
    conf_test::FileSet set{
        {"/etc/bad.conf", "x = ;\n.include gone;"}, {"/etc/cut.conf", "a {"}, {"/etc/close.conf", "}"}};
    EXPECT_EQ(shown(read("\n.include 'e.conf',\n 'f.conf'; a = ;\n b {\n c = ; }", set)),
              "E{/etc/e.conf: No such file or directory (.include in /etc/jail.conf line 2)}"
              "E{/etc/f.conf: No such file or directory (.include in /etc/jail.conf line 3)}"
              "E{/etc/jail.conf line 3: ;: syntax error}"
              "E{/etc/jail.conf line 5: ;: syntax error}");
    EXPECT_EQ(shown(read(".include bad.conf; y = ;", set)),
              "E{/etc/bad.conf line 1: ;: syntax error}"
              "E{/etc/gone: No such file or directory (.include in /etc/bad.conf line 2)}"
              "E{/etc/jail.conf line 1: ;: syntax error}");
    EXPECT_EQ(shown(read(".include cut.conf; }", set)),
              "E{/etc/cut.conf: unexpected EOF}E{/etc/jail.conf line 1: }: syntax error}");
    EXPECT_EQ(shown(read("a { .include close.conf; x; }", set)),
              "E{/etc/close.conf line 1: }: syntax error}");
}

TEST(ConfInclude, TellsWhatWasLookedAt) {
    conf_test::FileSet set{{"/etc/d/1.conf", ""}, {"/etc/d/2.conf", ""}};
    EXPECT_EQ(read(".include 'd/*.conf', 'e/*.conf', '/x';", set).looked_at,
              (std::vector<std::string>{"/etc/jail.conf", "/etc/d/*.conf", "/etc/d/1.conf", "/etc/d/2.conf",
                                        "/etc/e/*.conf (no such file)", "/x"}));
}

TEST(ConfInclude, TakesNoVariables) {
    EXPECT_EQ(shown(read("$v=1;\n.include \"$v.conf\";")),
              "E{/etc/jail.conf line 2: variables not permitted in '.include' filename}");
}

TEST(ConfInclude, GoesNoDeeperThan32) {
    conf_test::FileSet set;
    for (int i = 1; i <= 32; ++i)
        set["/etc/" + std::to_string(i)] = i == 32 ? "end;" : ".include " + std::to_string(i + 1) + ";";
    EXPECT_EQ(shown(read(".include 1; a {}", set)), "a:end");
    set["/etc/32"] = ".include 33;";
    set["/etc/33"] = "end;";
    EXPECT_EQ(shown(read(".include 1; a = ;", set)), "E{maximum include depth exceeded (.include in /etc/32 "
                                                     "line 1)}E{/etc/jail.conf line 1: ;: syntax error}");
    EXPECT_EQ(shown(read(".include jail.conf; a = ;")),
              "E{maximum include depth exceeded (.include in /etc/jail.conf line 1)}"
              "E{/etc/jail.conf line 1: ;: syntax error}");
}

TEST(ConfInclude, IsAnOrdinaryParameterWithAnEqualsSign) {
    EXPECT_EQ(shown(std::string("a { .include = x; }")), "a:.include=[x]");
    EXPECT_EQ(shown(std::string("a { .include += x; }")), "a:.include=[x]");
}

} // namespace
