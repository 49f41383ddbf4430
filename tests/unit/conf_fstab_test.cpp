#include "jailcore/plan/fstab.hpp"

#include <gtest/gtest.h>

namespace {

using jailcore::FstabBlank;
using jailcore::FstabEntry;
using jailcore::FstabError;
using jailcore::parse_fstab_line;

TEST(Fstab, ReadsUpToFourFields) {
    FstabEntry expected{"devfs", "/jail/dev", "devfs", {"rw"}, {}, 0};
    for (const char* line : {"devfs /jail/dev devfs rw 0 0", "  devfs\t\t/jail/dev \v devfs\frw",
                             "devfs /jail/dev devfs rw\r\n", "devfs /jail/dev devfs ,rw, 0 0 and more"})
        EXPECT_EQ(std::get<FstabEntry>(parse_fstab_line(line)), expected) << line;
    expected.options.clear();
    EXPECT_EQ(std::get<FstabEntry>(parse_fstab_line("devfs /jail/dev devfs")), expected);
}

TEST(Fstab, UndoesVisInTheFirstTwoFieldsOnly) {
    auto entry =
        std::get<FstabEntry>(parse_fstab_line(R"(/a\040b\134\s\^A\M-a /c\011\#\303\251 n\040 o\040)"));
    EXPECT_EQ(entry, (FstabEntry{"/a b\\ \x01\xe1", "/c\t#\xc3\xa9", "n\\040", {"o\\040"}, {}, 0}));
}

TEST(Fstab, PassesOverBlankLines) {
    for (const char* line : {"", " \t ", "\n"})
        EXPECT_TRUE(std::holds_alternative<FstabBlank>(parse_fstab_line(line)));
}

TEST(Fstab, NamesTheFault) {
    for (const auto& [line, error] : {std::pair{"a", "a: missing information"},
                                      {"a /b", "a /b: missing information"},
                                      {"a b c", "b: not an absolute pathname"},
                                      {"a\\ /b c", "a\\ /b c: fstab parse error"},
                                      {"a /b\\M c", "a /b\\M c: fstab parse error"},
                                      {"a /b\\000 c", "a /b\\000 c: fstab parse error"}})
        EXPECT_EQ(std::get<FstabError>(parse_fstab_line(line)).text, error) << line;
}

TEST(Fstab, FilesHaveCommentsAndLineNumbers) {
    auto fstab = jailcore::parse_fstab("#c\n/a /b nullfs#x ro\n\na\n/c /d tmpfs rw", "/f");
    EXPECT_EQ(fstab.entries, (std::vector<FstabEntry>{{"/a", "/b", "nullfs", {}, "/f", 2},
                                                      {"/c", "/d", "tmpfs", {"rw"}, "/f", 5}}));
    EXPECT_EQ(fstab.errors, std::vector<std::string>{"a: missing information"});
}

} // namespace
