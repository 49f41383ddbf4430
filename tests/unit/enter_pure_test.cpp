// What needs no jail: the text of passwd and group, environments, maps of ids, mountinfo, and the judgement
// of a jail's devices.
#include "jailcore/enter/linux/id_map.hpp"
#include "jailcore/enter/linux/ptmx_check.hpp"
#include "jailcore/environment.hpp"
#include "jailcore/linux/mountinfo.hpp"
#include "jailcore/passwd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <sys/sysmacros.h>

namespace {

using namespace jailcore;
using testing::ElementsAre;

constexpr std::string_view passwd = "# comment\n"
                                    "\n"
                                    "+nis::::::\n"
                                    "-root:x:0:0::/:/bin/sh\n"
                                    "short:x:1:1::/\n"
                                    "long:x:1:1::/:/bin/sh:x\n"
                                    "minus:x:-1:0::/:/bin/sh\n"
                                    "max:x:4294967295:0::/:/bin/sh\n"
                                    "octal:x:010:0::/:/bin/sh\n"
                                    "word:x:zero:0::/:/bin/sh\n"
                                    "nogid:x:7:::/:/bin/sh\n"
                                    ":x:0:0::/:/bin/sh\n"
                                    "root:x:0:0:Root:/root:/bin/bash\n"
                                    "toor:x:0:0::/:\n"
                                    "alice:x:1000:100:Alice,,,:/home/alice:/bin/zsh\n"
                                    "alice:x:0:0::/:/bin/sh\n"
                                    "rel:x:5:5::home:shell\n"
                                    "last:x:4294967294:9::/l:/s";
constexpr std::string_view group = "root:x:0:\n"
                                   "bad:x:-1:alice\n"
                                   "tty:x:5:\n"
                                   "a:x:30:bob,alice\n"
                                   "b:x:20:alice\n"
                                   "b2:x:20:alice\n"
                                   "own:x:100:alice\n"
                                   "c:x:40:alicex,xalice\n";

TEST(Passwd, TakesStrictIdsOnly) {
    EXPECT_EQ(0U, parse_id("0"));
    EXPECT_EQ(4294967294U, parse_id("4294967294"));
    for (std::string_view text : {"", "-0", "-1", "+1", " 1", "1 ", "00", "01", "0x1", "4294967295",
                                  "4294967296", "99999999999999999999", "1a", "root"})
        EXPECT_FALSE(parse_id(text)) << text;
}

TEST(Passwd, FindsWellFormedEntries) {
    EXPECT_EQ((User{"root", 0, 0, {0}, "/root", "/bin/bash"}), find_user(passwd, "root"));
    EXPECT_EQ((User{"root", 0, 0, {0}, "/root", "/bin/bash"}), find_user(passwd, 0U));
    EXPECT_EQ((User{"toor", 0, 0, {0}, "/", "/bin/sh"}), find_user(passwd, "toor"));
    EXPECT_EQ((User{"rel", 5, 5, {5}, "/", "/bin/sh"}), find_user(passwd, "rel"));
    EXPECT_EQ((User{"last", 4294967294U, 9, {9}, "/l", "/s"}), find_user(passwd, "last"));
    EXPECT_EQ(1000U, find_user(passwd, "alice")->uid);
    for (std::string_view name : {"", "# comment", "+nis", "-root", "short", "long", "minus", "max", "octal",
                                  "word", "nogid", "alic", "Alice"})
        EXPECT_FALSE(find_user(passwd, name)) << name;
    EXPECT_FALSE(find_user(std::string_view("a\0:x:0:0::/:/bin/sh", 19), "a"));
}

TEST(Passwd, FindsGroups) {
    EXPECT_EQ(5U, find_group(group, "tty"));
    EXPECT_FALSE(find_group(group, "bad"));
    EXPECT_THAT(groups_of(group, *find_user(passwd, "alice")), ElementsAre(100, 20, 30));
    EXPECT_THAT(groups_of("", *find_user(passwd, "alice")), ElementsAre(100));
}

TEST(Passwd, SelectsAGroupByItsNameFirst) {
    EXPECT_EQ(5U, select_group(group, "tty"));
    EXPECT_EQ(77U, select_group(group, "77"));
    EXPECT_EQ(9U, select_group("77:x:9:\n", "77"));
    for (std::string_view name : {"", "nobody", "-1", "4294967295", "077", "tty ", "0x5"})
        EXPECT_FALSE(select_group(group, name)) << name;
}

TEST(Passwd, SelectsWhomeverIsMeantAndNobodyElse) {
    EXPECT_EQ("root", select_user(passwd, group, "")->name);
    EXPECT_EQ("alice", select_user(passwd, group, "", 1000)->name);
    EXPECT_THAT(select_user(passwd, group, "alice")->groups, ElementsAre(100, 20, 30));
    EXPECT_EQ("alice", select_user(passwd, group, "1000")->name);
    EXPECT_EQ((User{"77", 77, 77, {77}, "/", "/bin/sh"}), select_user(passwd, group, "77"));
    EXPECT_EQ((User{"root", 0, 0, {0}, "/", "/bin/sh"}), select_user("", "", ""));
    // A name of digits is a name.
    constexpr std::string_view digits = "1000:x:7:7::/:/bin/sh\nseven:x:1000:1::/:/bin/sh\n";
    EXPECT_EQ(7U, select_user(digits, "", "1000")->uid);
    EXPECT_EQ("seven", select_user(digits, "", "#1000")->name);
    EXPECT_EQ("1000", select_user(digits, "", "7")->name);
    EXPECT_EQ(77U, select_user(digits, "", "#77")->uid);
    EXPECT_EQ("seven", select_user(digits, "", "", 1000)->name);
    for (std::string_view name : {"nobody", "-1", "4294967295", "-f root", "ROOT", "root ", "0x0", "-root",
                                  "minus", "#", "#x", "##1", "#-1"})
        EXPECT_FALSE(select_user(passwd, group, name)) << name;
}

TEST(Environment, KnowsVariables) {
    for (std::string_view good : {"A=", "_a1=x=y", "LC_ALL=C"})
        EXPECT_TRUE(is_variable(good)) << good;
    for (std::string_view bad :
         {"", "=", "=x", "A", "1A=x", "A-B=x", "A B=x", "A\n=x", "BASH_FUNC_x%%=() { :; }"})
        EXPECT_FALSE(is_variable(bad)) << bad;
}

TEST(Environment, IsBuiltFromNothing) {
    const User user{"alice", 1000, 1000, {1000}, "/home/alice", "/bin/zsh"};
    const std::vector<std::string> extra{"LANG=C", "X=1", "X=2", "PATHX=/x"};
    EXPECT_THAT(clean_environment(user, extra),
                ElementsAre("PATH=" + std::string(default_path), "HOME=/home/alice", "USER=alice",
                            "LOGNAME=alice", "SHELL=/bin/zsh", "LANG=C", "X=2", "PATHX=/x"));
    EXPECT_EQ("1", value_of(std::vector<std::string>{"XY=2", "X=1"}, "X"));
    EXPECT_EQ("", value_of(std::vector<std::string>{"XY=2"}, "X"));
}

TEST(IdMap, MapsRanges) {
    IdMap map("         0     100000          1\n      1000       2000         10\n");
    EXPECT_EQ(100000U, map.outside(0));
    EXPECT_EQ(2009U, map.outside(1009));
    EXPECT_FALSE(map.has(1));
    EXPECT_FALSE(map.has(1010));
    EXPECT_FALSE(map.single());
    EXPECT_TRUE(IdMap("0 1000 1\n").single());
    EXPECT_EQ(0U, map.superuser());
    EXPECT_EQ(7U, IdMap("7 7 3").superuser());
    EXPECT_FALSE(IdMap("").superuser());
    EXPECT_TRUE(IdMap("0 0 4294967295").has(4294967294U));
    EXPECT_FALSE(IdMap("0 0 4294967295").has(4294967295U));
}

TEST(Mountinfo, IsParsed) {
    auto mounts =
        parse_mountinfo("29 26 0:26 / /dev/pts rw,nodev shared:3 master:1 - devpts devpts rw,mode=600\n"
                        "nonsense\n"
                        "x 1 0:1 / / rw - ext4 a rw\n"
                        "30 26 1:2 /a\\040b /c\\134d rw - fuse.sshfs host rw\n");
    ASSERT_EQ(2U, mounts.size());
    EXPECT_EQ(29U, mounts[0].id);
    EXPECT_EQ(makedev(0, 26), mounts[0].device);
    EXPECT_EQ("devpts", mounts[0].type);
    EXPECT_TRUE(mounts[0].has_option("nodev"));
    EXPECT_FALSE(mounts[0].has_option("dev"));
    EXPECT_TRUE(mounts[0].has_super_option("mode=600"));
    EXPECT_EQ("/a b", mounts[1].root);
    EXPECT_EQ("/c\\d", mounts[1].point);
    EXPECT_EQ("fuse", mounts[1].type);
}

PtmxFacts healthy() {
    PtmxFacts facts;
    facts.dev = facts.pts = NodeKind::directory;
    facts.dev_type = "tmpfs";
    facts.dev_mode = 0755;
    facts.pts_mounted = true;
    facts.pts_type = "devpts";
    facts.multiplexer_mode = 0666;
    facts.ptmx = NodeKind::link;
    facts.link = "pts/ptmx";
    return facts;
}

TEST(PtmxJudgement, PromisesNoMendThatCannotBeMade) {
    PtmxFacts facts = healthy();
    facts.root_deleted = true;
    facts.dev = NodeKind::absent;
    auto deleted = judge_ptmx(facts);
    ASSERT_EQ(1U, deleted.size());
    EXPECT_EQ("the jail's root directory was deleted", deleted[0].cause);
    EXPECT_FALSE(is_mendable(facts, deleted[0]));
    struct Case {
        std::function<void(PtmxFacts&)> change;
        bool mendable;
    };
    for (const Case& one : {Case{[](PtmxFacts& all) {
                                     all.dev = NodeKind::absent;
                                 },
                                 true},
                            Case{[](PtmxFacts& all) {
                                     all.dev = NodeKind::absent;
                                     all.root_read_only = true;
                                 },
                                 false},
                            Case{[](PtmxFacts& all) {
                                     all.pts = NodeKind::absent;
                                 },
                                 true},
                            Case{[](PtmxFacts& all) {
                                     all.pts = NodeKind::absent;
                                     all.dev_read_only = true;
                                 },
                                 false},
                            Case{[](PtmxFacts& all) {
                                     all.pts_mounted = false;
                                     all.dev_read_only = true;
                                 },
                                 true},
                            Case{[](PtmxFacts& all) {
                                     all.ptmx = NodeKind::absent;
                                 },
                                 true},
                            Case{[](PtmxFacts& all) {
                                     all.ptmx = NodeKind::absent;
                                     all.dev_read_only = true;
                                 },
                                 false},
                            Case{[](PtmxFacts& all) {
                                     all.ptmx = NodeKind::file;
                                     all.dev_read_only = true;
                                 },
                                 true},
                            Case{[](PtmxFacts& all) {
                                     all.ptmx = NodeKind::absent;
                                     all.dev_host = true;
                                 },
                                 false},
                            Case{[](PtmxFacts& all) {
                                     all.ptmx = NodeKind::absent;
                                     all.host_mounts = true;
                                 },
                                 false}}) {
        PtmxFacts changed = healthy();
        one.change(changed);
        auto findings = judge_ptmx(changed);
        ASSERT_FALSE(findings.empty());
        EXPECT_EQ(one.mendable, is_mendable(changed, findings[0])) << findings[0].fault;
    }
}

TEST(PtmxJudgement, ComesToWhatHasNoCaseOnRealMounts) {
    EXPECT_TRUE(judge_ptmx(healthy()).empty());
    struct Case {
        std::function<void(PtmxFacts&)> change;
        std::string fault;
    };
    for (const Case& one : {Case{[](PtmxFacts& facts) {
                                     facts.pts_type = "fuseblk";
                                 },
                                 "FUSE on /dev/pts"},
                            Case{[](PtmxFacts& facts) {
                                     facts.multiplexer_error = ENOENT;
                                 },
                                 "pts/ptmx missing"},
                            Case{[](PtmxFacts& facts) {
                                     facts.allocation_error = EACCES;
                                 },
                                 "no terminal"},
                            Case{[](PtmxFacts& facts) {
                                     facts.ptmx = NodeKind::other;
                                 },
                                 "not a device"},
                            Case{[](PtmxFacts& facts) {
                                     facts.dev = NodeKind::file;
                                 },
                                 "/dev is no directory"},
                            Case{[](PtmxFacts& facts) {
                                     facts.pts = NodeKind::file;
                                 },
                                 "/dev/pts is no directory"}}) {
        PtmxFacts facts = healthy();
        one.change(facts);
        auto findings = judge_ptmx(facts);
        ASSERT_EQ(1U, findings.size()) << one.fault;
        EXPECT_EQ(one.fault, findings[0].fault);
        EXPECT_NE(jailcore::CheckWeight::warning, findings[0].weight);
    }
}

} // namespace
