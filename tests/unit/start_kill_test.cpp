#include "tests/unit/start_rig.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace {

class StartKill : public StartRig {
protected:
    void write_script(const std::string& text) const {
        std::string path = root() + "/etc/rc.shutdown";
        std::ofstream(path) << text;
        std::filesystem::permissions(path, std::filesystem::perms{0755});
    }
};

TEST_F(StartKill, RunsTheScriptOfTheJail) {
    write_script("echo > /tmp/seen");
    ASSERT_TRUE(run("start").ok());
    Outcome killed = kill({.script_seconds = 60});
    EXPECT_TRUE(killed.ok());
    EXPECT_EQ("", killed.errors);
    EXPECT_EQ(name + ": removed\n", killed.output);
    EXPECT_TRUE(killed.removed);
    EXPECT_TRUE(std::filesystem::exists(root() + "/tmp/seen"));
    EXPECT_TRUE(is_gone());
}

TEST_F(StartKill, EndsTheScriptThatIsLateAndGoesOn) {
    write_script("trap : TERM; while :; do sleep 1000; done");
    ASSERT_TRUE(run("start").ok());
    auto begun = std::chrono::steady_clock::now();
    Outcome killed = kill({.force = true, .seconds = 1, .script_seconds = 1});
    EXPECT_TRUE(killed.ok());
    EXPECT_EQ(name + ": /etc/rc.shutdown: it has not ended within 1 seconds; the kill goes on without it\n",
              killed.errors);
    EXPECT_TRUE(killed.removed);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
    EXPECT_TRUE(is_gone());
}

TEST_F(StartKill, GivesTheScriptAMinuteAndAHalf) {
    EXPECT_EQ(90, jailcore::parse_kill({"-t", "1"}).script_seconds);
}

// What a worker hands over may be anything; of all that it can say none is what the router alone says.
TEST_F(StartKill, AndTheOthersTakeNoWordOfTheRoutersFromAClient) {
    const std::vector<std::vector<std::string>> hostile{{"--config", "/etc/passwd"},
                                                        {"--default-config", "/etc/passwd"},
                                                        {"--jid", "3"},
                                                        {"--jid=3"},
                                                        {"reap"},
                                                        {"--", "--config"},
                                                        {""}};
    auto refused = [&](const char* verb, const Run& how, const std::string& why) {
        Outcome outcome = run(verb, how);
        EXPECT_EQ(name + ": " + why + "\n", outcome.errors);
        EXPECT_EQ("", outcome.output);
        EXPECT_FALSE(outcome.ok() || outcome.created || outcome.removed);
    };
    for (const auto& words : hostile)
        refused("start", {.words = words}, "start: unknown option " + words[0]);
    refused("start", {.garbled = true}, "its options are malformed");
    ASSERT_TRUE(run("start", {.words = {"-v", "--as-ordered"}}).ok());
    for (const char* verb : {"stop", "restart", "kill"}) {
        for (const auto& words : hostile)
            refused(verb, {.words = words}, std::string(verb) + ": unknown option " + words[0]);
        refused(verb, {.garbled = true}, "its options are malformed");
    }
    EXPECT_FALSE(is_gone());
}

} // namespace
