#include "shell/report.hpp"
#include "shell/syntax/ssh_options.hpp"
#include "shell/syntax/verbs.hpp"

#include <gtest/gtest.h>

namespace {

using shell::TerminalWish;
using Words = std::vector<std::string>;

shell::Options parse(const Words& words, const Words& environment = {}) {
    return shell::parse_ssh_options(words, environment);
}

std::string refusal(const Words& words) {
    try {
        parse(words);
    } catch (const shell::FailureError& error) {
        return shell::error_line(error.failure());
    }
    return {};
}

TEST(SshOptions, ACommandIsALineForTheUsersShell) {
    auto options = parse({"-l", "bob", "web", "ls", "-la", "--", "/"});
    EXPECT_EQ("attach", options.verb->name);
    EXPECT_EQ(Words{"web"}, options.names);
    EXPECT_EQ("bob", options.user);
    EXPECT_EQ((Words{"ls", "-la", "--", "/"}), options.command);
    EXPECT_TRUE(options.shell_line);
    EXPECT_FALSE(parse({"web"}).shell_line);
}

TEST(SshOptions, StandBeforeAndBehindTheHost) {
    for (const Words& words :
         {Words{"-p", "22", "-qTx", "-lbob", "web", "true"},
          Words{"web", "-p22", "-q", "-T", "-x", "-l", "bob", "true"},
          Words{"-qTxp", "22", "bob@web", "--", "true"}, Words{"-T", "-o", "User=bob", "--", "web", "true"},
          Words{"-T", "-o", "user bob", "other@web", "true"}, Words{"-oUser=\"bob\"", "-T", "web", "true"}}) {
        auto options = parse(words);
        EXPECT_EQ("bob", options.user) << testing::PrintToString(words);
        EXPECT_EQ(Words{"web"}, options.names);
        EXPECT_EQ(Words{"true"}, options.command);
        EXPECT_EQ(TerminalWish::forbidden, options.terminal);
    }
}

TEST(SshOptions, TerminalAndInput) {
    EXPECT_EQ(TerminalWish::automatic, parse({"web"}).terminal);
    EXPECT_EQ(TerminalWish::as_input, parse({"-t", "web"}).terminal);
    EXPECT_EQ(TerminalWish::forced, parse({"-tt", "web"}).terminal);
    EXPECT_EQ(TerminalWish::forced, parse({"-t", "web", "-t"}).terminal);
    EXPECT_EQ(TerminalWish::forced, parse({"-o", "RequestTTY=force", "web"}).terminal);
    EXPECT_EQ(TerminalWish::as_input, parse({"-o", "RequestTTY=true", "web"}).terminal);
    EXPECT_EQ(TerminalWish::forbidden, parse({"-o", "RequestTTY=no", "web"}).terminal);
    EXPECT_EQ(TerminalWish::automatic, parse({"-o", "RequestTTY=auto", "web"}).terminal);
    EXPECT_TRUE(parse({"-n", "web"}).no_input);
    EXPECT_TRUE(parse({"-o", "stdinnull yes", "web"}).no_input);
    EXPECT_FALSE(parse({"web", "x", "-n"}).no_input);
}

TEST(SshOptions, WhatIsAboutTheConnectionMeansNothing) {
    EXPECT_EQ(Words{"web"}, parse({"-46aACgkKMqvxy",
                                   "-i",
                                   "key",
                                   "-F",
                                   "/dev/null",
                                   "-S",
                                   "none",
                                   "-c",
                                   "aes",
                                   "-E",
                                   "log",
                                   "-o",
                                   "ControlMaster=auto",
                                   "-o",
                                   "ControlPath=\"/x y\"",
                                   "-o",
                                   "connecttimeout 10",
                                   "-o",
                                   "StrictHostKeyChecking=no",
                                   "-oRemoteCommand=none",
                                   "web"})
                                .names);
}

TEST(SshOptions, VariablesAreSentByPattern) {
    Words environment{"GIT_PROTOCOL=version=2", "GIT_X=", "HOME=/", "bad name=1"};
    EXPECT_EQ((Words{"GIT_PROTOCOL=version=2"}),
              parse({"-o", "SendEnv=GIT_PROTOCOL", "web"}, environment).environment);
    EXPECT_EQ((Words{"GIT_PROTOCOL=version=2", "GIT_X=", "A=1", "B=2"}),
              parse({"-o", "SendEnv G* b*", "-o", "SetEnv=A=1 B=2", "web"}, environment).environment);
}

TEST(SshOptions, AVariableMayHaveBlanksInQuotes) {
    EXPECT_EQ((Words{"A=x y", "B=1"}), parse({"-o", "SetEnv=A=\"x y\" B=1", "web"}).environment);
    EXPECT_EQ((Words{"A=x y"}), parse({"-o", "SetEnv=\"A=x y\"", "web"}).environment);
    EXPECT_EQ((Words{"A=it's", "B="}), parse({"-o", "SetEnv \"A=it's\" \tB=''", "web"}).environment);
    EXPECT_NE("", refusal({"-o", "SetEnv=A=\"x y", "web"}));
}

TEST(SshOptions, AUrlNamesUserAndJail) {
    for (const char* url : {"ssh://bob@web:22", "ssh://bob@web", "ssh://bob@web:22/"}) {
        EXPECT_EQ(Words{"web"}, parse({url, "true"}).names);
        EXPECT_EQ("bob", parse({url, "true"}).user);
    }
    EXPECT_NE("", refusal({"ssh://web:x"}));
    EXPECT_EQ(Words{"pid:7"}, parse({"pid:7"}).names);
}

TEST(SshOptions, GitAsksForTheConfiguration) {
    EXPECT_EQ("__ssh-configuration", parse({"-G", "-p", "2", "bob@web"}).verb->name);
    EXPECT_EQ("version", parse({"-V"}).verb->name);
}

TEST(SshOptions, WhatCannotBeDoneIsNamed) {
    for (auto [words, said] :
         {std::pair{Words{}, "no jail is named"},
          {{"-l"}, "-l needs a value"},
          {{"-o", "User", "web"}, "User needs a value"},
          {{"-o", "User=", "web"}, "User needs a value"},
          {{"-W", "a:1", "web"}, "-W is nothing that a jail can do"},
          {{"-N", "web"}, "-N is nothing"},
          {{"-o", "LocalForward=1", "web"}, "-o LocalForward is nothing"},
          {{"-o", "RemoteCommand=ls", "web"}, "-o RemoteCommand is nothing"},
          {{"-Z", "web"}, "ssh has no option -Z"},
          {{"--help"}, "usage: jconsole-ssh [options] [USER@]NAME [COMMAND...]"},
          {{"-s", "web", "sftp"}, "scp does without by -O"},
          {{"-o", "RequestTTY=maybe", "web"}, "'maybe' is none of: no yes auto force"},
          {{"-o", "StdinNull=maybe", "web"}, "'maybe' is neither yes nor no"},
          {{"-l", "-f", "web"}, "user '-f' is not"},
          {{"we b"},
           "'we b' is not a jail's name; names begin with a letter, a digit or _, and go on with these "
           "and + - and single dots"},
          {{"-o", "SetEnv=1", "web"}, "variable '1' is not"}})
        EXPECT_NE(std::string::npos, refusal(words).find(said)) << refusal(words);
}

} // namespace
