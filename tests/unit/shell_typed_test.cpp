#include "shell/syntax/typed.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

shell::Options given() {
    shell::Options options;
    options.config = "/srv/my c";
    options.host = "box";
    options.router = "/r";
    return options;
}

TEST(Typed, ACommandIsMadeWholeByWhatItsVerbTakes) {
    shell::TypedCommands commands(given());
    EXPECT_EQ("'jconsole start -f '/srv/my c' -H box --router /r web' starts it",
              commands.all("'jconsole start web' starts it"));
    EXPECT_EQ(
        "'jconsole kill -H box --router /r -f web' and 'jconsole ls -H box --router /r' and 'jconsole help'",
        commands.all("'jconsole kill -f web' and 'jconsole ls' and 'jconsole help'"));
    EXPECT_EQ("'jconsole config dump -f '/srv/my c' -H box'", commands.all("'jconsole config dump'"));
    for (const char* other : {"", "jconsole ls", "'jconsole lsx'", "'jconsole web'", "'jconsole ls", "'"})
        EXPECT_EQ(other, commands.all(other));
}

TEST(Typed, WithoutOptionsItIsWhole) {
    EXPECT_EQ("'jconsole start web'", shell::TypedCommands({}).all("'jconsole start web'"));
    shell::Options here;
    here.host = ""; // JCONSOLE_HOST may say otherwise
    EXPECT_EQ("'jconsole ls -H '''", shell::TypedCommands(here).all("'jconsole ls'"));
}

TEST(Typed, TextMayBeCutAnywhereAndNothingElseIsHeldBack) {
    const std::string text = "'it's 'jcon\n'jconsole conf' 'jconsole config dump' 'jconsole restart a' '";
    const std::string whole = shell::TypedCommands(given()).all(text);
    for (size_t cut = 0; cut <= text.size(); ++cut) {
        shell::TypedCommands commands(given());
        std::string first = commands.take(text.substr(0, cut));
        std::string second = commands.take(text.substr(cut));
        EXPECT_EQ(whole, first + second + commands.finish()) << cut;
    }
    shell::TypedCommands single(given());
    std::string out;
    for (char c : text)
        out += single.take({&c, 1});
    EXPECT_EQ(whole, out + single.finish());
    shell::TypedCommands prompt(given());
    EXPECT_EQ("password: ", prompt.take("password: "));
    EXPECT_EQ("don't", prompt.take("don't"));
}

TEST(Typed, WhatWasGivenCannotMoveTheCursor) {
    shell::Options options;
    options.router = "/r\033[2J";
    EXPECT_EQ("'jconsole ls --router '/r\\x1b[2J''", shell::TypedCommands(options).all("'jconsole ls'"));
}

} // namespace
