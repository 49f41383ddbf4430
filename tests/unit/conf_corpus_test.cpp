// Real files with what FreeBSD's own parser makes of them, where they are at hand.
#include "jailcore/conf/config.hpp"
#include "tests/unit/corpus.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using conf_test::content_of;
using conf_test::corpus;

jailcore::conf::Config read_file(const fs::path& path) {
    jailcore::conf::Files files;
    files.read = [](const std::string& name, size_t) {
        return jailcore::conf::FileContent{content_of(name), ""};
    };
    files.glob = [](const std::string& name) {
        return jailcore::conf::Globbed{false, {name}};
    };
    return jailcore::conf::read_config(path.string(), files);
}

std::string all_errors(const jailcore::conf::Config& config) {
    std::string out;
    for (const std::string& error : config.errors)
        out += error + "\n";
    for (const auto& jail : config.jails)
        for (const std::string& error : jail.errors)
            out += jail.name + ": " + error + "\n";
    return out;
}

// The expected form has no `errors`.
Json without_errors(const std::string& text) {
    Json json = Json::parse(text);
    for (Json& jail : json)
        jail.erase("errors");
    return json;
}

void compare(const fs::path& file) {
    SCOPED_TRACE(file.string());
    jailcore::conf::Config config = read_file(file);
    fs::path expected = fs::path(file).replace_extension(".json");
    fs::path error = fs::path(file).replace_extension(".err");
    if (fs::exists(expected)) {
        Json ours = without_errors(to_json(config.jails));
        Json theirs = Json::parse(content_of(expected));
        ASSERT_EQ(ours.size(), theirs.size());
        for (size_t i = 0; i < ours.size(); ++i) {
            EXPECT_EQ(nlohmann::json(ours[i]), nlohmann::json(theirs[i]));
            EXPECT_EQ(ours[i]["params"].dump(), theirs[i]["params"].dump()) << "in another order";
        }
    } else {
        EXPECT_TRUE(config.jails.empty());
    }
    if (!fs::exists(error)) {
        EXPECT_EQ(all_errors(config), "");
        return;
    }
    std::string told = content_of(error);
    told.erase(told.find_last_not_of('\n') + 1);
    EXPECT_NE(all_errors(config).find(told), std::string::npos) << all_errors(config);
}

TEST(ConfCorpus, AgreesWithFreeBSD) {
    if (!fs::is_directory(corpus()))
        GTEST_SKIP() << "no corpus at " << corpus();
    size_t compared = 0;
    for (const auto& entry : fs::directory_iterator(corpus()))
        if (entry.path().extension() == ".conf") {
            compare(entry.path());
            ++compared;
        }
    EXPECT_GT(compared, 0U);
}

} // namespace
