#include "shell/complete/completion.hpp"
#include "shell/complete/completion_point.hpp"
#include "shell/syntax/option_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using shell::Completes;
using shell::completion_point;
using shell::Expected;
using Words = std::vector<std::string>;

TEST(CompletionPoint, TheFirstWordIsAVerbOrAJail) {
    for (const Words& words :
         {Words{""}, Words{"we"}, Words{"-v", ""}, Words{"-u", "bob", "w"}, Words{"--router=/r", ""}}) {
        auto point = completion_point(words);
        EXPECT_EQ(Expected::first_word, point.expected);
        EXPECT_EQ(words.back(), point.typed);
    }
}

TEST(CompletionPoint, TheVerbSaysWhatItsWordsAre) {
    EXPECT_EQ(Completes::running_jail, completion_point({"stop", "a", "b", ""}).value.completes);
    EXPECT_EQ(Completes::configured_jail, completion_point({"start", "-v", ""}).value.completes);
    EXPECT_EQ(Completes::verb, completion_point({"help", "config", ""}).value.completes);
    EXPECT_EQ(Completes::choice, completion_point({"completion", "f"}).value.completes);
    EXPECT_EQ(Completes::nothing, completion_point({"ls", ""}).value.completes);
    EXPECT_EQ(Completes::nothing, completion_point({"web", ""}).value.completes);
    EXPECT_EQ(Expected::first_word, completion_point({"config", ""}).expected); // dump
    EXPECT_EQ("config dump", completion_point({"config", "dump", "-"}).verb->name);
}

TEST(CompletionPoint, ValuesStandInTheNextWordOrInTheSame) {
    struct Row {
        Words words;
        Completes completes;
        std::string before, typed;
    };
    for (const Row& row : {Row{{"web", "-u", ""}, Completes::user, "", ""},
                           Row{{"web", "-u", "de"}, Completes::user, "", "de"},
                           Row{{"web", "-ude"}, Completes::user, "-u", "de"},
                           Row{{"web", "-tude"}, Completes::user, "-tu", "de"},
                           Row{{"web", "--user", "de"}, Completes::user, "", "de"},
                           Row{{"web", "--user="}, Completes::user, "--user=", ""},
                           Row{{"web", "--user=de"}, Completes::user, "--user=", "de"},
                           Row{{"web", "-d", "/et"}, Completes::directory_in_jail, "", "/et"},
                           Row{{"start", "--file=j"}, Completes::file, "--file=", "j"},
                           Row{{"web", "-u", "-u"}, Completes::user, "", "-u"},
                           // Letters mean what the verb means by them.
                           Row{{"ls", "-j", "w"}, Completes::running_jail, "", "w"},
                           Row{{"ls", "-nqjw"}, Completes::running_jail, "-nqj", "w"},
                           Row{{"ls", "-d", "w"}, Completes::nothing, "", "w"},
                           Row{{"ls", "--libxo", "j"}, Completes::choice, "", "j"}}) {
        auto point = completion_point(row.words);
        EXPECT_EQ(Expected::value, point.expected);
        EXPECT_EQ(row.completes, point.value.completes) << testing::PrintToString(row.words);
        EXPECT_EQ(row.before, point.before);
        EXPECT_EQ(row.typed, point.typed);
    }
    for (const Words& words :
         {Words{"web", "-"}, Words{"web", "--"}, Words{"web", "--us"}, Words{"web", "-t"}, Words{"web", "-u"},
          Words{"web", "--user"}, Words{"web", "--user=bob", "-"}})
        EXPECT_EQ(Expected::option, completion_point(words).expected) << testing::PrintToString(words);
}

TEST(CompletionPoint, KnowsTheJailTheRouterAndTheConfiguration) {
    EXPECT_EQ("web", completion_point({"web", "-u", ""}).jail());
    EXPECT_EQ("web", completion_point({"--router", "/r", "attach", "web", "-u", ""}).jail());
    EXPECT_EQ("", completion_point({"-u", ""}).jail());
    EXPECT_EQ("", completion_point({"help", "start", ""}).jail());
    EXPECT_EQ("/r", completion_point({"--router", "/r", ""}).router);
    EXPECT_EQ("/r", completion_point({"--router=/r", ""}).router);
    EXPECT_EQ("j.conf", completion_point({"start", "-fj.conf", ""}).config);
    EXPECT_EQ("", completion_point({"start", "--file=", ""}).config);
    EXPECT_EQ("", completion_point({"web", "--", "--router=/r", ""}).router);
    EXPECT_EQ(Expected::program, completion_point({"web", "--", "ls", "-"}).expected);
    EXPECT_EQ("web", completion_point({"web", "--", "ls", ""}).jail());
}

// Without a router: what the tables alone know.
Words offered(Words words) {
    words.insert(words.begin(), {"--router", "/nonexistent/socket"});
    Words result;
    for (const auto& candidate : shell::complete(words, std::chrono::steady_clock::now()).candidates)
        result.push_back(candidate.word);
    return result;
}

TEST(CompletionPoint, AHostBehindANameIsThatOfTheLine) {
    auto point = completion_point({"stop", "web@box", ""});
    EXPECT_EQ("box", point.host);
    EXPECT_EQ("web", point.jail());
    EXPECT_EQ("box", completion_point({"web@box", "-u", ""}).host);
    EXPECT_EQ("far", completion_point({"-H", "far", "web@box", "-u", ""}).host);
    EXPECT_EQ("box", completion_point({"peek", "web:1@box", "-"}).host);
    EXPECT_FALSE(completion_point({"ls", "host@name", ""}).host);
    EXPECT_FALSE(completion_point({"web", "--", "a@b", ""}).host);
}

TEST(Completion, OffersEveryVerbAndNoHiddenOne) {
    Words words = offered({""});
    for (const shell::Verb& verb : shell::verbs()) {
        std::string first(verb.name.substr(0, verb.name.find(' ')));
        EXPECT_EQ(!verb.hidden, std::ranges::count(words, first) == 1) << verb.name;
    }
    EXPECT_EQ((Words{"start", "stop"}), offered({"st"}));
    EXPECT_EQ(Words{"dump"}, offered({"config", ""}));
    EXPECT_EQ(Words{"dump"}, offered({"help", "config", ""}));
    EXPECT_EQ((Words{"bash", "fish", "zsh"}), offered({"completion", ""}));
}

TEST(Completion, OffersTheOptionsThatTheVerbTakes) {
    for (const shell::Verb& verb : shell::verbs()) {
        if (verb.name.find(' ') != std::string_view::npos)
            continue;
        Words words = offered({std::string(verb.name), "-"});
        for (const shell::OptionRow& row : shell::option_rows())
            EXPECT_EQ(shell::takes(verb, row), std::ranges::count(words, "--" + std::string(row.name)) == 1)
                << verb.name << " " << row.name;
    }
    EXPECT_EQ((Words{"--terminal"}), offered({"web", "--te"}));
    EXPECT_EQ((Words{"-u"}), offered({"web", "-u"}));
    EXPECT_EQ((Words{"--repair", "--router"}), offered({"check", "web", "--r"}));
}

TEST(Completion, LeavesFilesToWhoeverAsks) {
    auto files = [](const Words& words) {
        return shell::complete(words, std::chrono::steady_clock::now()).files;
    };
    EXPECT_TRUE(files({"start", "-f", ""}));
    EXPECT_TRUE(files({"start", "--file=x"}));
    EXPECT_FALSE(files({"start", "-fx"}));
    EXPECT_FALSE(files({"start", ""}));
    EXPECT_EQ("files\n", shell::completion_text({true, {}}));
    EXPECT_EQ("words\na\nb\twhat b is\n", shell::completion_text({false, {{"a", ""}, {"b", "what b is"}}}));
}

} // namespace
