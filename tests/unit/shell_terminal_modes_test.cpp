#include "shell/relay/local_terminal.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace {

std::string left_by(std::string_view output) {
    shell::TerminalModes modes;
    modes.watch(output);
    return modes.reset();
}

TEST(TerminalModes, NothingIsResetThatWasNotSwitchedOn) {
    for (std::string_view output :
         {"", "hello\r\n", "\033[1;31mred\033[m", "\033[?2004h$ ls\033[?2004l\r\n", "\033[?1049h\033[?1049l",
          "\033[4h", "\033[?25l\033[?25h", "\033]0;[?1049h\007", "\033=\033>", "?1049h", "\033[?1049",
          "\033[>4;1m", "\033[?12h", "\033[?1049h\033c"})
        EXPECT_EQ("", left_by(output)) << testing::PrintToString(std::string(output));
}

TEST(TerminalModes, WhatWasLeftOnIsReset) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"\033[?2004h", "\033[?2004l"},
        {"\033[?1049h\033[?25l", "\033[?1049l\033[?25h"},
        {"\033[?1000;1006h", "\033[?1000l\033[?1006l"},
        {"\033[?1000;1006h\033[?1000l", "\033[?1006l"},
        {"\033[?7l", "\033[?7h"},
        {"\033[?1h\033=", "\033[?1l\033>"},
        {"\033[12;\033[?47hx", "\033[?47l"},
    };
    for (const auto& [output, reset] : cases)
        EXPECT_EQ(reset, left_by(output)) << testing::PrintToString(std::string(output));
}

TEST(TerminalModes, OutputMayBeCutAnywhere) {
    std::string output = "abc\033[?1000;1006hdef\033[1m\033[?25l";
    for (size_t cut = 0; cut <= output.size(); ++cut) {
        shell::TerminalModes modes;
        modes.watch(std::string_view(output).substr(0, cut));
        modes.watch(std::string_view(output).substr(cut));
        EXPECT_EQ("\033[?25h\033[?1000l\033[?1006l", modes.reset()) << cut;
    }
}

TEST(TerminalModes, AnEndlessListOfParametersIsNotKept) {
    EXPECT_EQ("", left_by("\033[?" + std::string(1000000, '1') + "h"));
}

} // namespace
