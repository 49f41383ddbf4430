#include "jailcore/conf/check.hpp"
#include "jailcore/conf/trees.hpp"
#include "tests/unit/conf_helpers.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace {

using conf_test::errors;
using conf_test::read;
using jailcore::boolean_value;
using jailcore::integer_value;
using jailcore::Parameter;
using jailcore::conf::Config;

Config read_for_start(const std::string& text, const conf_test::FileSet& set = {}) {
    Config config = read(text, set);
    for (jailcore::conf::Jail& jail : config.jails)
        jailcore::conf::check_start_values(jail);
    read_fstabs(config.jails, conf_test::in_memory(set));
    jailcore::conf::check_dependencies(config.jails);
    return config;
}

// As it comes out of a table.
std::optional<jailcore::conf::Jail> there_and_back(const jailcore::conf::Jail& jail) {
    auto found = jailcore::find_in_table(jailcore::to_table({"/f", "*.conf"}, {"/t"}, {jail}), jail.name);
    return found ? found->jail : std::nullopt;
}

TEST(ConfBoolean, IsItsNoOrItsLastValue) {
    for (const auto& [parameter, on] : {std::pair{Parameter{"persist", {}}, true},
                                        {Parameter{"nopersist", {}}, false},
                                        {Parameter{"mount.nodevfs", {}}, false},
                                        {Parameter{"persist", {"0", "TRUE"}}, true},
                                        {Parameter{"persist", {"1", "False"}}, false},
                                        {Parameter{"persist", {"-2"}}, true},
                                        {Parameter{"persist", {"0"}}, false},
                                        {Parameter{"persist", {""}}, false},
                                        {Parameter{"nopersist", {"0"}}, true},
                                        {Parameter{"nopersist", {"true"}}, false},
                                        {Parameter{"linux.no_new_privs", {}}, true},
                                        {Parameter{"linux.nono_new_privs", {}}, false}})
        EXPECT_EQ(boolean_value(parameter), on) << parameter.name;
    for (const char* word : {"yes", "on", "1x", "no"})
        EXPECT_FALSE(boolean_value({"persist", {word}})) << word;
}

TEST(ConfInteger, IsAWholeDecimalNumber) {
    EXPECT_EQ(integer_value({"exec.timeout", {"x", " -12"}}), -12);
    EXPECT_EQ(integer_value({"exec.timeout", {"99999999999999999999"}}), std::numeric_limits<int64_t>::max());
    for (const char* word : {"", "1s", "0x10"})
        EXPECT_FALSE(integer_value({"exec.timeout", {word}})) << word;
    EXPECT_FALSE(integer_value({"exec.timeout", {}}));
}

TEST(ConfNumber, IsNoneWithoutAValue) {
    EXPECT_EQ(jailcore::number_value({"children.max", {}}), 0);
    EXPECT_EQ(jailcore::number_value({"children.max", {"1", ""}}), 0);
    EXPECT_EQ(jailcore::number_value({"children.max", {"12"}}), 12);
    EXPECT_FALSE(jailcore::number_value({"children.max", {"x"}}));
}

TEST(ConfJailsys, IsAWordInAnyCaseOrItsNumberOrNew) {
    for (const auto& [word, value] : {std::pair{"New", "new"},
                                      {"INHERIT", "inherit"},
                                      {"disable", "disable"},
                                      {"0", "disable"},
                                      {"1", "new"},
                                      {"02", "inherit"},
                                      {"", "new"}})
        EXPECT_EQ(jailcore::system_value({"vnet", {word}}), value) << word;
    EXPECT_EQ(jailcore::system_value({"vnet", {}}), "new");
    for (const char* word : {"3", "-1", "on", "1x", "newer"})
        EXPECT_FALSE(jailcore::system_value({"vnet", {word}})) << word;
}

TEST(ConfCheck, OfWhatJail8LooksAtIsDoneAtOnce) {
    EXPECT_EQ(
        errors(read("a { mount.devfs = yes; exec.clean = on; exec.timeout = 10s; stop.timeout = \"\"; }")),
        "a: mount.devfs: unknown boolean value \"yes\"\n"
        "a: exec.clean: unknown boolean value \"on\"\n"
        "a: exec.timeout: non-integer value \"10s\"\n"
        "a: stop.timeout: non-integer value \"\"");
    EXPECT_EQ(
        errors(read("a { mount.devfs = 1; exec.clean = FALSE; exec.timeout = 010; allow.mount = yes; }\n"
                    "b { stop.timeout = 99999999999999999999; }")),
        "");
}

TEST(ConfCheck, ForAStartKnowsTheKernelsParametersToo) {
    EXPECT_EQ(errors(read_for_start(
                  "a { allow.mount = yes; devfs_ruleset = jails; ip4 = on; foo.bar; meta.x = 1; }")),
              "a: allow.mount: unknown boolean value \"yes\"\n"
              "a: devfs_ruleset: non-integer value \"jails\"\n"
              "a: ip4: unknown jailsys value \"on\"\n"
              "a: unknown parameter: foo.bar");
    EXPECT_EQ(errors(read_for_start("a { vnet; ip4 = inherit; sysvmsg = new; sysvshm = disable; nopersist; "
                                    "linux.namespaces = pid, uts; repair = auto; }")),
              "");
}

TEST(ConfCheck, ForAStartReadsAddresses) {
    EXPECT_EQ(errors(read_for_start("a { ip4.addr = \"lo1|10.0.0.1/24\", 10.0.0.2, '1.2.3.4,1.2.3.5', "
                                    "'em0|1.2.3.4/32 broadcast 1.2.3.255', [busybox-ip], 10.0.0; "
                                    "ip6.addr = \"em0|fd00::1/64\", 'lo1|fd80::10 prefixlen 128', x; }")),
              "a: ip4.addr: not an IPv4 address: [busybox-ip]\n"
              "a: ip4.addr: not an IPv4 address: 10.0.0\n"
              "a: ip6.addr: not an IPv6 address: x");
}

TEST(ConfCheck, ForAStartWantsUtf8AndAbsolutePaths) {
    EXPECT_EQ(errors(read_for_start("a { exec.consolelog = log; path = \"/\xff\"; }")),
              "a: exec.consolelog: log: not an absolute pathname\n"
              "a: path: not UTF-8");
}

TEST(ConfCheck, ForAStartFollowsDependencies) {
    EXPECT_EQ(errors(read_for_start("a { depend = b; } b { depend = 7, c; } 7 {} c { name2; }")),
              "c: unknown parameter: name2");
    EXPECT_EQ(errors(read_for_start("a { depend = gone; }")), "a: depends on undefined jail \"gone\"");
    EXPECT_EQ(errors(read_for_start("a { depend = b; } b { depend = a; } c {} d { depend = d; }")),
              "a: dependency loop\nb: dependency loop\nd: dependency loop");
    EXPECT_EQ(errors(read_for_start("p { depend = p.c; c {} }")), "p: dependency loop\np.c: dependency loop");
}

TEST(ConfCheck, ForAStartReadsFstabFiles) {
    conf_test::FileSet set{{"/f/a", "# all\n/src /dst nullfs ro,noatime 0 0\n\n/x\\0401 /y tmpfs\n"},
                           {"/f/b", "bad\n/a b nullfs rw\n"}};
    Config config = read_for_start("mount.fstab = /f/$name; a {} b {} c {} d { mount.fstab = \"\"; }", set);
    using jailcore::FstabEntry;
    std::vector<FstabEntry> expected{{"/src", "/dst", "nullfs", {"ro", "noatime"}, "/f/a", 2},
                                     {"/x 1", "/y", "tmpfs", {}, "/f/a", 4}};
    EXPECT_EQ(config.jails[0].fstab, expected);
    EXPECT_EQ(errors(config), "b: mount.fstab: bad: missing information\n"
                              "b: mount.fstab: b: not an absolute pathname\n"
                              "c: mount.fstab: /f/c: No such file or directory");
}

TEST(ConfJson, ComesBackAsItWas) {
    conf_test::FileSet set{{"/f", "/src /dst nullfs ro\n"}};
    Config config = read_for_start("a { x = 1, \"\", 'é\n'; persist; } b { mount.fstab = /f; } 5 {}", set);
    for (const auto& jail : config.jails)
        EXPECT_EQ(there_and_back(jail), jail);
}

TEST(ConfJson, HasEachKeyOnce) {
    Config config = read("a { '\xff' = 1; '\xfe' = 2; '\xef\xbf\xbd' = 3; '\xfd' = 4; }");
    auto back = there_and_back(config.jails.at(0));
    ASSERT_TRUE(back);
    ASSERT_EQ(back->parameters.size(), config.jails.at(0).parameters.size());
    for (size_t i = 0; i < back->parameters.size(); ++i)
        EXPECT_EQ(back->parameters[i].values, config.jails.at(0).parameters[i].values);
    EXPECT_EQ(jailcore::to_json({*back}), to_json(config.jails));
}

TEST(ConfJson, HoldsNothingThatATerminalObeys) {
    std::string json = to_json(read("a { x = '\x1b[0m\x7f\xc2\x9b\xe2\x80\xae\xff'; }").jails);
    for (char c : json)
        EXPECT_TRUE(c == '\n' || (c >= ' ' && c < '\x7f')) << json;
    EXPECT_NE(json.find("\\u001b[0m\\u007f\\u009b\\u202e\\ufffd"), std::string::npos) << json;
}

TEST(ConfTable, HasTheFirstJailOfEachNameAndWhatWasLookedAt) {
    Config config = read("a { x = \"\n{\\\"name\\\":\\\"b\\\",\"; } b { x = 1; } b { x = 2; } 'ab' {}");
    std::string table = jailcore::to_table({"/etc/jail.conf", "/etc/d/*.conf"}, {"/jails/a"}, config.jails);
    for (size_t i : {0U, 1U, 3U})
        EXPECT_EQ(jailcore::find_in_table(table, config.jails[i].name)->jail, config.jails[i]);
    auto none = jailcore::find_in_table(table, "c");
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->jail);
    EXPECT_EQ(none->looked_at, (std::vector<std::string>{"/etc/jail.conf", "/etc/d/*.conf"}));
    EXPECT_EQ(none->trees, std::vector<std::string>{"/jails/a"});
}

TEST(ConfTrees, AreWhereJailsWrite) {
    Config config =
        read_for_start("path = \"/j/$name\"; a { path = '/j/first'; path = '/j/a'; mount = '/s/rw "
                       "/p nullfs rw', '/s/ro /p nullfs ro', 'tmpfs /p tmpfs',"
                       "'/s/twice /p nullfs ro,rw'; } b { mount.fstab = '/f'; } c { path = '/'; "
                       "mount = '/ /p nullfs'; } d { path = '/j/a'; }",
                       {{"/f", "/s/plain /p nullfs\no /p overlay "
                               "lowerdir=/l,upperdir=/s/up,workdir=/w\n/s/ro /p nullfs noexec,ro"}});
    EXPECT_EQ(jailcore::conf::written_trees(config.jails),
              (std::vector<std::string>{"/j/a", "/j/b", "/s/plain", "/s/rw", "/s/twice", "/s/up"}));
}

TEST(ConfTable, OfAnotherFormIsRefused) {
    for (const char* text : {"", "{}x", "[]\n", "[]\n[]\n{\"name\":\"a\",}", "[1]\n[]\n", "[]\n[1]\n",
                             "[]\n[]\n{\"name\":\"a\",\"params\":{\"x\":\"y\"}}"})
        EXPECT_FALSE(jailcore::find_in_table(text, "a")) << text;
    auto failed = jailcore::find_in_table("[]\n[]\n{\"name\":\"a\",\"params\":{},\"failed\":true}\n", "a");
    EXPECT_FALSE(failed->jail->errors.empty());
}

// Each of these would take hours or all memory if it were carried out.
TEST(ConfLimits, StopWhatFewBytesAskFor) {
    std::string doubling = "a { $v0 = xxxxxxxx;";
    for (int i = 1; i < 64; ++i)
        doubling += "$v" + std::to_string(i) + " = \"$v" + std::to_string(i - 1) + "$v" +
                    std::to_string(i - 1) + "\";";
    std::string lists = "a { $v0 = x, y;";
    for (int i = 1; i < 64; ++i)
        lists +=
            "$v" + std::to_string(i) + " = $v" + std::to_string(i - 1) + ", $v" + std::to_string(i - 1) + ";";
    std::string many;
    for (int i = 0; i < 20'000; ++i)
        many += "*{x" + std::to_string(i) + ";} a{}";
    std::string negations = "a { ";
    for (int i = 0; i < 4'000; ++i)
        negations +=
            "no" + std::string(static_cast<size_t>(i % 11) * 2, 'n') + ".noa.a.noa" + std::to_string(i) + ";";
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "a{";
    for (const std::string& text : {doubling + "}", lists + "}", many, deep})
        EXPECT_FALSE(read(text).errors.empty()) << text.substr(0, 80);
    EXPECT_TRUE(read(negations + "}").errors.empty());
}

TEST(ConfLimits, StopFilesThatIncludeEachOther) {
    conf_test::FileSet set;
    for (int i = 0; i < 10; ++i)
        set["/etc/d/" + std::to_string(i)] = ".include \"*\";";
    EXPECT_FALSE(read(".include \"d/*\";", set).errors.empty());
    jailcore::conf::Limits few;
    few.files = 100;
    few.include_depth = 1'000;
    EXPECT_EQ(read(".include \"jail.conf\";", {}, few).errors,
              std::vector<std::string>{
                  "/etc/jail.conf: too many included files (.include in /etc/jail.conf line 1)"});
}

TEST(ConfLimits, StillTellOfLongLinesOfErrors) {
    std::string wrong;
    for (int i = 0; i < 100'000; ++i)
        wrong += "a b = " + std::string(10, 'x') + ";x;y;\n";
    EXPECT_EQ(read(wrong).errors.size(), 1001U);
    std::string variables = "a { ";
    for (int i = 0; i < 100'000; ++i)
        variables += "x += $v" + std::to_string(i) + ";";
    EXPECT_EQ(read(variables + "}").jails.at(0).errors.size(), 101U);
}

TEST(ConfLimits, LongChainsNeedNoStack) {
    std::string chain = "a { $v0 = end;";
    for (int i = 300'000; i > 0; --i)
        chain += "$v" + std::to_string(i) + "=$v" + std::to_string(i - 1) + ";";
    Config config = read(chain + " x = $v300000; }");
    ASSERT_TRUE(config.errors.empty());
    EXPECT_EQ(config.jails.at(0).find("x")->values, std::vector<std::string>{"end"});
}

} // namespace
