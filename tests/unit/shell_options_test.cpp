#include "shell/report.hpp"
#include "shell/syntax/command_line.hpp"
#include "shell/syntax/help.hpp"
#include "shell/syntax/option_table.hpp"
#include "shell/syntax/verbs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

using shell::TerminalWish;
using Words = std::vector<std::string>;

shell::Options parse(const Words& words) {
    return shell::parse_options(words);
}

// What the user is told, or "" where the words are accepted.
std::string refusal(const Words& words) {
    try {
        parse(words);
    } catch (const shell::FailureError& error) {
        EXPECT_EQ(shell::own_error, error.failure().status);
        return shell::error_line(error.failure());
    }
    return {};
}

TEST(Options, AJailAloneIsAttachedTo) {
    auto options = parse({"web1"});
    EXPECT_EQ("attach", options.verb->name);
    EXPECT_EQ(Words{"web1"}, options.names);
    EXPECT_EQ(TerminalWish::automatic, options.terminal);
    EXPECT_TRUE(options.command.empty());
}

TEST(Options, AVerbWinsOverAJailOfItsName) {
    EXPECT_EQ("ls", parse({"ls"}).verb->name);
    auto options = parse({"attach", "ls"});
    EXPECT_EQ("attach", options.verb->name);
    EXPECT_EQ(Words{"ls"}, options.names);
    EXPECT_EQ("config dump", parse({"config", "dump"}).verb->name);
}

TEST(Options, HalfAVerbIsNoJail) {
    EXPECT_EQ("jconsole: 'config' is no verb alone; type 'jconsole config dump', or 'jconsole attach config' "
              "for a jail of that "
              "name",
              refusal({"config", "--router", "/r"}));
    EXPECT_EQ("jconsole: 'config dmp' is no verb; type 'jconsole config dump'",
              refusal({"config", "dmp", "x"}));
    EXPECT_EQ(Words{"config"}, parse({"attach", "config"}).names);
    EXPECT_EQ(Words{"config"}, parse({"config", "--help"}).names);
}

TEST(Options, EverythingBehindTheDashesIsTheCommand) {
    auto options = parse({"web1", "--", "ls", "-l", "--", "-t", "--help", ""});
    EXPECT_EQ((Words{"ls", "-l", "--", "-t", "--help", ""}), options.command);
    EXPECT_EQ("attach", options.verb->name);
}

TEST(Options, ACommandMayFollowTheNameDirectly) {
    for (const Words& words :
         {Words{"web1", "-u", "bob", "ls", "-la", "/"}, Words{"-u", "bob", "web1", "ls", "-la", "/"},
          Words{"attach", "-ubob", "web1", "ls", "-la", "/"},
          Words{"web1", "--user", "bob", "--", "ls", "-la", "/"}}) {
        auto options = parse(words);
        EXPECT_EQ("attach", options.verb->name) << testing::PrintToString(words);
        EXPECT_EQ(Words{"web1"}, options.names);
        EXPECT_EQ("bob", options.user);
        EXPECT_EQ((Words{"ls", "-la", "/"}), options.command);
    }
    // From there on nothing is ours: neither dashes nor verbs nor options nor hosts.
    EXPECT_EQ((Words{"start", "--", "-t", "--help", "a@b", ""}),
              parse({"web1", "start", "--", "-t", "--help", "a@b", ""}).command);
    EXPECT_EQ((Words{"", "x"}), parse({"web1", "", "x"}).command);
    EXPECT_EQ("web1", parse({"-t", "web1@box", "ls"}).names.front());
    EXPECT_EQ("box", parse({"-t", "web1@box", "ls"}).host);
    EXPECT_EQ((Words{"dump"}), parse({"attach", "config", "dump"}).command);
    EXPECT_EQ("attach", parse({"attach", "attach", "attach"}).verb->name);
    EXPECT_EQ(Words{"attach"}, parse({"attach", "attach", "attach"}).command);
}

TEST(Options, StandardInputCanBeLeftAlone) {
    EXPECT_TRUE(parse({"-n", "web1", "--", "job"}).no_input);
    EXPECT_TRUE(parse({"web1", "-n", "job", "-n"}).no_input);
    EXPECT_FALSE(parse({"web1", "job", "-n"}).no_input);
    EXPECT_EQ(Words{"-n"}, parse({"ls", "-n"}).words) << "another verb's letter";
}

TEST(Options, StandBeforeAndAfterTheName) {
    for (const Words& words :
         {Words{"-u", "bob", "-d", "/srv", "-e", "A=1", "-e", "B=x y", "--router", "/r", "web1"},
          Words{"web1", "-ubob", "-d/srv", "-eA=1", "--environment", "B=x y", "--router=/r"},
          Words{"--user=bob", "attach", "--directory=/srv", "web1", "--environment=A=1", "-e", "B=x y",
                "--router", "/r"}}) {
        auto options = parse(words);
        EXPECT_EQ("bob", options.user);
        EXPECT_EQ("/srv", options.directory);
        EXPECT_EQ((Words{"A=1", "B=x y"}), options.environment);
        EXPECT_EQ("/r", options.router);
        EXPECT_EQ(Words{"web1"}, options.names);
    }
}

TEST(Options, AValueThatIsStuckToItsLetterEndsWithItsWord) {
    for (const Words& words :
         {Words{"-d/home", "web1", "ls", "-la"}, Words{"web1", "-d/home", "ls", "-la"},
          Words{"-td/home", "web1", "ls", "-la"}, Words{"-td", "/home", "web1", "ls", "-la"},
          Words{"attach", "-d/home", "web1", "ls", "-la"}}) {
        auto options = parse(words);
        EXPECT_EQ("attach", options.verb->name) << testing::PrintToString(words);
        EXPECT_EQ("/home", options.directory);
        EXPECT_EQ(Words{"web1"}, options.names);
        EXPECT_EQ((Words{"ls", "-la"}), options.command);
    }
    EXPECT_EQ((Words{"A=there"}), parse({"-eA=there", "web1", "env"}).environment);
    EXPECT_EQ("bind", parse({"-ubind", "web1", "id"}).user);
    EXPECT_EQ("start", parse({"-Hold", "start", "web1"}).verb->name);
    EXPECT_EQ("conf", parse({"-fconf", "start", "web1"}).config);
    EXPECT_EQ("cloud", parse({"web1", "-Hcloud", "id"}).host);
    EXPECT_EQ(Words{"web1"}, parse({"ps", "-Hcloud", "web1", "-o", "pid"}).names);
}

TEST(Options, AHostStandsBehindAJailOrASession) {
    for (const Words& words :
         {Words{"web1@box"}, Words{"peek", "web1:1@box"}, Words{"stop", "web1@box", "web2"}}) {
        auto options = parse(words);
        EXPECT_EQ("box", options.host);
        EXPECT_EQ(std::string::npos, options.names.front().find('@'));
    }
    EXPECT_FALSE(parse({"ls", "host@name"}).host);
}

TEST(Options, TheLastWordOnTheTerminalCounts) {
    EXPECT_EQ(TerminalWish::forced, parse({"-t", "web1"}).terminal);
    EXPECT_EQ(TerminalWish::forced, parse({"-tt", "web1"}).terminal);
    EXPECT_EQ(TerminalWish::forbidden, parse({"-T", "web1"}).terminal);
    EXPECT_EQ(TerminalWish::forbidden, parse({"-t", "web1", "-T"}).terminal);
    EXPECT_EQ(TerminalWish::forced, parse({"-Tt", "web1"}).terminal);
}

TEST(Options, OfTheOtherVerbs) {
    EXPECT_EQ((Words{"a", "b"}), parse({"start", "a", "b", "-f", "j.conf", "-v"}).names);
    EXPECT_EQ((Words{"--repair", "--json"}), parse({"check", "a", "--repair", "--json"}).words);
    EXPECT_TRUE(parse({"ls", "--json"}).json);
    EXPECT_EQ(Words{"-v"}, parse({"start", "a", "--verbose"}).words);
    EXPECT_EQ(Words{"a"}, parse({"ps", "a", "--json"}).names);
    EXPECT_EQ("j.conf", parse({"config", "dump", "-f", "j.conf", "--json"}).config);
}

TEST(Options, LettersMeanToLsWhatTheyMeanToJls) {
    auto options =
        parse({"--router", "/r", "ls", "-hnd", "-j", "web1", "-qv", "--libxo", "json", "jid", "-N", "path"});
    EXPECT_EQ("ls", options.verb->name);
    EXPECT_EQ((Words{"-h", "-n", "-d", "-j", "web1", "-q", "-v", "--libxo=json", "-N"}), options.words);
    EXPECT_EQ((Words{"jid", "path"}), options.names);
    EXPECT_EQ("/r", options.router);
    EXPECT_EQ((Words{"-s", "-c"}), parse({"ls", "-sc"}).words);
    // Help is then only the long word, and elsewhere the letters are what they were.
    EXPECT_EQ("help", parse({"ls", "--help"}).verb->name);
    EXPECT_EQ("help", parse({"ps", "-h"}).verb->name);
    EXPECT_EQ("/srv", parse({"-d", "/srv", "ls1"}).directory);
    EXPECT_EQ("attach", parse({"-u", "ls", "web1"}).verb->name);
    std::string help = shell::help_text(shell::find_verb("ls"));
    EXPECT_NE(std::string::npos, help.find("  -h, --header "));
    EXPECT_NE(std::string::npos, help.find("      --help "));
    EXPECT_NE(std::string::npos, shell::help_text(nullptr).find("  -h, --help "));
}

TEST(Options, LettersMeanToKillWhatTheyMeanToJkill) {
    auto options = parse({"kill", "-fkq", "-t", "7", "a", "b", "-v"});
    EXPECT_EQ("kill", options.verb->name);
    EXPECT_EQ((Words{"-f", "-k", "-q", "-t", "7", "-v"}), options.words);
    EXPECT_EQ((Words{"a", "b"}), options.names);
    for (const char* bad : {"0", "-1", "x", "", "1.5", "99999999"})
        EXPECT_NE("", refusal({"kill", "a", "--timeout", bad})) << bad;
    EXPECT_NE("", refusal({"kill", "*"}));
    EXPECT_EQ("j.conf", parse({"start", "-f", "j.conf", "*", "web.*", "a.*.b"}).config);
    for (const char* bad : {"*x", "a*", "*.", ".*", "a..*", "-*"})
        EXPECT_NE("", refusal({"start", "--", bad})) << bad;
    EXPECT_NE("", refusal({"start", "a*"}));
    EXPECT_NE("", refusal({"start", "*."}));
}

TEST(Options, BehindTheNameOfAJailStandsWhatIsForPs) {
    auto options = parse({"ps", "web1", "-o", "pid,user=WHO,args", "--json", "-ax"});
    EXPECT_EQ(Words{"web1"}, options.names);
    EXPECT_EQ((Words{"-o", "pid,user=WHO,args", "-ax"}), options.command);
    EXPECT_TRUE(options.json);
    EXPECT_EQ((Words{"aux"}), parse({"ps", "web1", "aux"}).command);
    EXPECT_EQ((Words{"aux", "-J", "db"}), parse({"ps", "web1", "aux", "--", "-J", "db"}).command);
    options = parse({"--router", "/r", "ps", "--", "aux"});
    EXPECT_TRUE(options.names.empty());
    EXPECT_EQ(Words{"aux"}, options.command);
    options = parse({"--router", "/r", "ps", "-J", "web1,db", "-aux", "--json"});
    EXPECT_TRUE(options.names.empty() && options.json);
    EXPECT_EQ((Words{"-J", "web1,db", "-aux"}), options.command);
    options = parse({"-H", "box", "ps", "-H", "box", "web1", "-H"});
    EXPECT_EQ(Words{"web1"}, options.names);
    EXPECT_EQ(Words{"-H"}, options.command);
    options = parse({"ps", "web1", "-h", "--router", "/r"});
    EXPECT_EQ(Words{"-h"}, options.command);
    EXPECT_EQ("/r", options.router);
    EXPECT_EQ("jconsole ps [options] [NAME] [PS-OPTION...]", shell::synopsis(*options.verb));
}

TEST(Options, HelpAndVersionStandAboveTheRest) {
    EXPECT_EQ("help", parse({"-h"}).verb->name);
    EXPECT_EQ("version", parse({"web1", "--version"}).verb->name);
    auto options = parse({"config", "dump", "--help"});
    EXPECT_EQ("help", options.verb->name);
    EXPECT_EQ(Words{"config dump"}, options.names);
}

TEST(Options, WithoutAWordItIsTheShell) {
    EXPECT_EQ(shell::parse_options({}).verb->name, "shell");
    EXPECT_EQ(shell::parse_options({"--router", "/r"}).verb->name, "shell");
    EXPECT_EQ(shell::parse_options({"--router", "/r"}).router, "/r");
    EXPECT_THROW(shell::parse_options({"--json"}), shell::FailureError);
}

TEST(Options, WhatCannotBeUnderstoodIsRefusedInOneLine) {
    for (const Words& words :
         {Words{"--"},
          Words{"--", "ls"},
          Words{"web1", "--"},
          Words{"sessions", "ls"},
          Words{"-x", "web1"},
          Words{"--nonsense", "web1"},
          Words{"--use", "bob", "web1"}, // no abbreviations: they would change meaning later
          Words{"-u"},
          Words{"-u", "-f", "web1"},
          Words{"-u", "-froot", "web1"},
          Words{"--user=", "web1"},
          Words{"-d", "srv", "web1"},
          Words{"-e", "A", "web1"},
          Words{"-e", "=x", "web1"},
          Words{"--json=yes", "ls"},
          Words{"-web"},
          Words{"web/1"},
          Words{""},
          Words{"-"},
          Words{"attach"},
          Words{"start"},
          Words{"start", "a", "b/c"},
          Words{"check", "a", "b"},
          Words{"check", "a", "--", "ls"},
          Words{"ls", "-j"},
          Words{"ls", "-j", ""},
          Words{"ls", "-z"},
          Words{"sessions", "web1"},
          Words{"ls", "--repair"},
          Words{"web1", "--json"},
          Words{"completion"},
          Words{"completion", "csh"},
          Words{"we\033[2Jb"}}) {
        std::string line = refusal(words);
        EXPECT_TRUE(line.starts_with("jconsole: ")) << testing::PrintToString(words) << line;
        EXPECT_EQ(std::string::npos, line.find_first_of("\n\033")) << line;
    }
}

TEST(Options, AFirstWordThatWasMeantForAVerbIsNamed) {
    EXPECT_TRUE(parse({"strat", "demo"}).perhaps_verb);
    EXPECT_FALSE(parse({"strat", "--", "demo"}).perhaps_verb);
    EXPECT_FALSE(parse({"attach", "strat", "demo"}).perhaps_verb);
    EXPECT_TRUE(parse({"strat"}).perhaps_verb);
}

TEST(Options, NobodyIsToldOfAVerbThatHeDidNotType) {
    EXPECT_EQ(
        "jconsole: a console in 'lss' has no option --json; 'jconsole help' lists the verbs, 'jconsole help "
        "attach' the options of a console",
        refusal({"lss", "--json"}));
    EXPECT_EQ(
        "jconsole: a console in 'demo' has no option -f, --file; 'jconsole help' lists the verbs, 'jconsole "
        "help attach' the options of a console",
        refusal({"-f", "/none", "demo", "true"}));
    EXPECT_EQ(
        "jconsole: no jail and no verb is named for -u, --user; usage: jconsole [options] NAME [[--] COMMAND "
        "[ARG...]]",
        refusal({"-u", "demo"}));
    EXPECT_EQ("jconsole: no jail is named before --; usage: jconsole [options] NAME [[--] COMMAND [ARG...]]",
              refusal({"--", "demo", "hostname"}));
}

TEST(Options, WhatOtherProgramsCallAnOptionIsAnsweredByOurs) {
    for (const Words& words : {Words{"-it", "web"}, Words{"-l", "root", "web"}, Words{"--rm", "web"}})
        EXPECT_NE(std::string::npos,
                  refusal(words).find("a console takes -t, -u USER, -d DIR and -e VAR=VALUE"))
            << refusal(words);
    EXPECT_NE(std::string::npos, refusal({"ls", "-a"}).find("see 'jconsole ls --help'"));
    EXPECT_NE(std::string::npos, refusal({"start", "x*"}).find("a * stands for a whole name"));
}

TEST(Options, ARefusalSaysWhatAndHowBetter) {
    EXPECT_EQ("jconsole: 'b' is one word too many; usage: jconsole check [options] NAME",
              refusal({"check", "a", "b"}));
    EXPECT_EQ("jconsole: check has no option -u, --user; usage: jconsole check [options] NAME",
              refusal({"check", "a", "-u", "bob"}));
    EXPECT_EQ("jconsole: user '-f' is not USER or USER:GROUP, each a name or a number; see jconsole --help",
              refusal({"--user=-f", "a"}));
}

TEST(Verbs, EachIsFoundHelpedAndDone) {
    for (const shell::Verb& verb : shell::verbs()) {
        EXPECT_EQ(&verb, shell::find_verb(verb.name));
        EXPECT_TRUE(shell::synopsis(verb).starts_with("jconsole " + std::string(verb.name) + " [options]"));
        std::string help = shell::help_text(&verb);
        EXPECT_NE(std::string::npos, help.find(verb.help));
        EXPECT_EQ(verb.hidden, shell::help_text(nullptr).find(verb.help) == std::string::npos) << verb.name;
    }
    EXPECT_EQ(nullptr, shell::find_verb("web1"));
}

TEST(Verbs, SayWhatEachOfTheirWordsIs) {
    using shell::Completes;
    auto kind = [](std::string_view verb, size_t place) {
        const shell::Argument* argument = shell::argument_at(*shell::find_verb(verb), place);
        return argument == nullptr ? std::optional<Completes>() : argument->completes;
    };
    EXPECT_EQ(Completes::running_jail, kind("attach", 0));
    EXPECT_EQ(std::nullopt, kind("attach", 1));
    EXPECT_EQ(Completes::configured_jail, kind("start", 9));
    EXPECT_EQ(Completes::verb, kind("help", 1)); // `help config dump`
    EXPECT_EQ(std::nullopt, kind("help", 2));
    EXPECT_EQ(Completes::nothing, kind("ls", 7));
    EXPECT_EQ(std::nullopt, kind("sessions", 0));
    EXPECT_EQ(1U, shell::least_words(*shell::find_verb("start")));
    EXPECT_EQ(0U, shell::least_words(*shell::find_verb("ps")));
}

TEST(Verbs, TheirArgumentsAreInAnOrderThatCanBeRead) {
    for (const shell::Verb& verb : shell::verbs()) {
        EXPECT_TRUE(std::ranges::is_sorted(verb.arguments, {}, &shell::Argument::optional)) << verb.name;
        for (size_t i = 0; i + 1 < verb.arguments.size(); ++i)
            EXPECT_FALSE(verb.arguments[i].repeats) << verb.name;
    }
}

TEST(Verbs, AreHelpedInLinesThatFitATerminal) {
    auto fits = [](const shell::Verb* verb) {
        std::istringstream help(shell::help_text(verb));
        for (std::string line; std::getline(help, line);)
            EXPECT_LE(line.size(), 80U) << line;
    };
    fits(nullptr);
    for (const shell::Verb& verb : shell::verbs())
        fits(&verb);
    EXPECT_NE(std::string::npos, shell::help_text(shell::find_verb("stop")).find(R"(
  stop jails
  Each in its turn, what depends on it before it. '*' means all of the
  configuration, or where there is none all that run. All are tried; the exit
  status is that of the first that failed.
)"));
}

TEST(Verbs, EveryOptionTheyNameExists) {
    std::string all = shell::describe_options(nullptr);
    for (const shell::Verb& verb : shell::verbs()) {
        std::string_view rest = verb.options;
        while (!rest.empty()) {
            size_t end = std::min(rest.find(' '), rest.size());
            std::string option = "--" + std::string(rest.substr(0, end)) + " ";
            EXPECT_NE(std::string::npos, all.find(option)) << option;
            EXPECT_NE(std::string::npos, shell::describe_options(&verb).find(option)) << option;
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
}

} // namespace
