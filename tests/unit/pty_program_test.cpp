#include "pty/program.hpp"

#include <gtest/gtest.h>

namespace {

const pty::Program full{"alice",
                        "games",
                        "/srv",
                        {"\x2a\0\0\0\1\0", 6},
                        true,
                        {"TERM=xterm", "A=", "B=\xe9"},
                        {"sh", "-c", "echo \"x\ny\"", "", "\xff"}};

TEST(Program, ComesBackAsItWas) {
    for (const pty::Program& program : {full, pty::Program{}}) {
        auto data = pty::encode_program(program);
        ASSERT_TRUE(data);
        EXPECT_EQ(program, pty::decode_program(*data));
    }
}

TEST(Program, IsNotEncodedWhereAStringHoldsANulOrAllIsTooLarge) {
    pty::Program program = full;
    program.argv.emplace_back("a\0b", 3);
    EXPECT_FALSE(pty::encode_program(program));
    program = full;
    program.argv.assign(2, std::string(pty::max_program_size / 2, 'x'));
    EXPECT_FALSE(pty::encode_program(program));
}

TEST(Program, IsNotDecodedWhenCutLengthenedOrLying) {
    std::string data = *pty::encode_program(full);
    for (size_t length = 0; length < data.size(); ++length)
        EXPECT_FALSE(pty::decode_program(std::string_view(data).substr(0, length))) << length;
    EXPECT_FALSE(pty::decode_program(data + std::string(1, '\0')));
    std::string empty = *pty::encode_program({}); // ends with the number of arguments
    EXPECT_FALSE(pty::decode_program(empty.replace(empty.size() - 4, 4, "\xff\xff\xff\xff")));
}

TEST(Program, HoldsANulInItsModesAlone) {
    std::string data = *pty::encode_program(full);
    EXPECT_TRUE(pty::decode_program(data));
    for (const char* text : {"alice", "games", "/srv", "TERM=xterm", "-c"}) {
        std::string bad = data;
        bad[bad.find(text)] = '\0';
        EXPECT_FALSE(pty::decode_program(bad)) << text;
    }
}

} // namespace
