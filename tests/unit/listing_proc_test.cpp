#include "jailcore/listing/column.hpp"
#include "jailcore/listing/linux/proc_text.hpp"

#include <clocale>
#include <gtest/gtest.h>

namespace {

using jailcore::Process;

const std::string fields = " S 1 2 3 34816 5 6 7 8 9 10 120 30 13 14 15 16 7 18 4242 20480 21\n";

TEST(ListingColumn, CountsTheColumnsOfATerminal) {
    const char* before = std::setlocale(LC_CTYPE, nullptr);
    std::string kept = before;
    ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
    EXPECT_EQ(jailcore::width_of("日本語"), 6U);
    EXPECT_EQ(jailcore::width_of("e\u0301"), 1U) << "an accent that combines";
    EXPECT_EQ(jailcore::cut("日本語", 5), "日本");
    EXPECT_EQ(jailcore::cut("e\u0301e\u0301", 1), "e\u0301");
    EXPECT_EQ(jailcore::cut_and_fill("日本語", 5), "日本 ");
    EXPECT_EQ(jailcore::fill_left("語", 3), " 語");
    EXPECT_EQ(jailcore::cut("a\x1b", 3), "a\\x");
    std::setlocale(LC_CTYPE, kept.c_str());
}

TEST(ListingStat, ReadsWhatStandsBehindTheName) {
    Process process;
    ASSERT_TRUE(jailcore::parse_stat("12 (sleep)" + fields, process));
    EXPECT_EQ(process.name, "sleep");
    EXPECT_EQ(process.state, 'S');
    EXPECT_EQ(process.parent, 1);
    EXPECT_EQ(process.terminal, "pts/0");
    EXPECT_EQ(process.ticks, 150U);
    EXPECT_EQ(process.start_time, 4242U);
    EXPECT_EQ(process.group, 2);
    EXPECT_EQ(process.session, 3);
    EXPECT_EQ(process.foreground, 5);
    EXPECT_EQ(process.nice, 16);
    EXPECT_EQ(process.threads, 7U);
    EXPECT_EQ(process.virtual_size, 20480U);
    EXPECT_EQ(process.resident, 21U);
}

TEST(ListingStat, BelievesNoNameThatLooksLikeFields) {
    for (const char* hostile : {") S 99 9 9 0 ", "(((", ")", "a b\n(c", ""}) {
        Process process;
        ASSERT_TRUE(jailcore::parse_stat("12 (" + std::string(hostile) + ")" + fields, process)) << hostile;
        EXPECT_EQ(process.name, hostile);
        EXPECT_EQ(process.parent, 1);
    }
}

TEST(ListingStat, RefusesOtherForms) {
    for (const char* text :
         {"", "12", "12 )sleep(", "12 (a) S 1", "12 (a) S x 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"}) {
        Process process;
        EXPECT_FALSE(jailcore::parse_stat(text, process)) << text;
    }
}

TEST(ListingStatus, ReadsTheEffectiveUidAndAllPids) {
    Process process;
    ASSERT_TRUE(jailcore::parse_status("Name:\tUid:\\nx\nUid:\t1\t1000\t3\t4\nNSpid:\t500\t7\t1\n", process));
    EXPECT_EQ(process.user, 1000U);
    EXPECT_EQ(process.pids, (std::vector<int32_t>{500, 7, 1}));
    for (const char* text :
         {"", "Uid:\t1\n", "NSpid:\t1\n", "Uid:\t1\t2\nNSpid:\t\n", "Uid:\t1\nNSpid:\t1\n"})
        EXPECT_FALSE(jailcore::parse_status(text, process)) << text;
}

TEST(ListingTerminal, IsNamedByItsNumber) {
    for (const auto& [device, name] : {std::pair{0U, "-"},
                                       {136U << 8 | 5, "pts/5"},
                                       {136U << 8 | 0xff | 1U << 20, "pts/511"},
                                       {137U << 8, "pts/256"},
                                       {4U << 8 | 1, "tty1"},
                                       {4U << 8 | 64, "ttyS0"},
                                       {5U << 8 | 1, "console"},
                                       {5U << 8, "?"},
                                       {229U << 8, "?"}})
        EXPECT_EQ(jailcore::terminal_name(device), name) << device;
}

TEST(ListingUidMap, TellsWhatAUidIsInside) {
    const char* map = "         0       1000          1\n         1     100000      65536\n";
    EXPECT_EQ(jailcore::inner_uid(map, 1000), 0);
    EXPECT_EQ(jailcore::inner_uid(map, 100033), 34);
    EXPECT_EQ(jailcore::inner_uid(map, 0), -1);
    EXPECT_EQ(jailcore::inner_uid(map, 165536), -1);
    EXPECT_EQ(jailcore::inner_uid("0 0 4294967295\n", 33), 33);
    EXPECT_EQ(jailcore::inner_uid("", 0), -1);
}

TEST(ListingNamespace, IsTheNumberInTheLink) {
    EXPECT_EQ(jailcore::namespace_inode("pid:[4026531836]"), 4026531836U);
    for (const char* text : {"", "pid:", "pid:[]", "pid:[x]", "pid:[1"})
        EXPECT_FALSE(jailcore::namespace_inode(text)) << text;
}

TEST(ListingColumn, CountsCharactersAndCutsNone) {
    EXPECT_EQ(jailcore::cut_and_fill("äöü", 2), "äö");
    EXPECT_EQ(jailcore::cut_and_fill("äöü", 5), "äöü  ");
    EXPECT_EQ(jailcore::fill("abc", 2), "abc");
    EXPECT_EQ(jailcore::fill_left("1", 3), "  1");
    EXPECT_EQ(jailcore::cut("\x1b", 9), "\\x1b");
}

} // namespace
