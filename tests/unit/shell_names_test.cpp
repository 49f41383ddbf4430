#include "router/contract/target.hpp"
#include "shell/syntax/names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

TEST(Names, OfJails) {
    for (const char* name : {"web1", "_x", "0", "a.b+c-d", "pid:1", "pid:4194304"})
        EXPECT_TRUE(contract::Target::from_text(name)) << name;
    for (const char* name :
         {"", "-web", ".web", "+web", "we b", "web/1", "w\xc3\xa9", "pid:", "pid:0", "pid:01", "pid:x",
          "pid:-1", "pid:12345678901", "lxc:web", "a\nb", "x..y", "z.", "a.b..c", "a."})
        EXPECT_FALSE(contract::Target::from_text(name)) << name;
    EXPECT_TRUE(contract::is_jail_name(std::string(255, 'a')));
    EXPECT_FALSE(contract::is_jail_name(std::string(256, 'a')));
}

TEST(Names, OfUsers) {
    for (const char* name : {"root", "1000", "www-data", "j\xc3\xb6rg", "j\xf6rg"})
        EXPECT_TRUE(shell::is_user_name(name)) << name;
    for (const char* name : {"", "-f", "-froot", "a:b", "a/b", "a\nb"})
        EXPECT_FALSE(shell::is_user_name(name)) << name;
}

TEST(Names, OfVariables) {
    for (const char* text : {"A=", "_a1=b=c", "LANG=de_DE.UTF-8", "X= \n", "A=\xff"})
        EXPECT_TRUE(shell::is_assignment(text)) << text;
    for (const char* text : {"", "A", "=x", "1A=x", "A B=x", "A-B=x"})
        EXPECT_FALSE(shell::is_assignment(text)) << text;
}

} // namespace
