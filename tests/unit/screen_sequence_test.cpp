// Sequences from the terminal: where each ends, so that what follows is a key again.
#include "shell/screen/sequence.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

// What is left of the text, of which each Escape has something behind it.
std::wstring keys_of(const std::wstring& text) {
    top::Sequence sequence;
    std::wstring keys;
    for (size_t i = 0; i < text.size(); ++i) {
        if (sequence.takes(text[i]))
            continue;
        if (text[i] == L'\x1b' && i + 1 < text.size() && sequence.begins(text[i + 1]))
            ++i;
        else
            keys.push_back(text[i]);
    }
    return keys;
}

TEST(ScreenSequence, IsTakenWhole) {
    for (const std::wstring& sequence : std::vector<std::wstring>{
             L"\x1b[24;80R", L"\x1b[?1;2c", L"\x1b[>41;354;0c", L"\x1b[1;5A", L"\x1b[[A", L"\x1b[?2026;2$y",
             L"\x1b[O", L"\x1bOP", L"\x1bO5P", L"\x1bP>|tmux 3.4\x1b\\", L"\x1bP1$r0m\x1b\\",
             L"\x1b]11;rgb:0000/0000/0000\a", L"\x1b]52;c;eHk=\x1b\\", L"\x1b]l\x9c", L"\x1b_x\x1b\\"})
        EXPECT_EQ(keys_of(sequence + L"x" + sequence + L"y"), L"xy") << sequence.substr(1).c_str();
}

TEST(ScreenSequence, IsNotEveryEscape) {
    EXPECT_EQ(keys_of(L"\x1bx"), L"\x1bx");
    EXPECT_EQ(keys_of(L"\x1b\x1b[A"), L"\x1b");
    EXPECT_EQ(keys_of(L"\x1b[1\rq"), L"\rq") << "a control character is in none";
    EXPECT_EQ(keys_of(L"\x1b]11;rgb\x1b[24;80Rq"), L"q") << "broken off by another";
}

TEST(ScreenSequence, IsForgottenWhereItNeverEnds) {
    top::Sequence sequence;
    EXPECT_TRUE(sequence.begins(L']'));
    EXPECT_TRUE(sequence.takes(L'q'));
    sequence.abandon();
    EXPECT_FALSE(sequence.takes(L'q'));
}

} // namespace
