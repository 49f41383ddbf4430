#include "pty/json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using pty::Json;

std::string nested(size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

TEST(Json, IsReadStrictly) {
    for (const char* text :
         {"", " ", "{", "[1,]", "{\"a\":1,}", "[1] x", "{'a':1}", "[01]", "[NaN]", "[1e999]", "nul",
          "[\"\t\"]", "\"\\ud800\"", "\"\xff\"", "\"\xc0\xaf\"", "[1]//", "{1:2}"})
        EXPECT_FALSE(Json::parse(text).has_value()) << text;
    for (const char* text : {"null", "7", "\"\"", "[]", "{}", "\"\\ud83d\\ude00\"", " [ -0.5e1 ] "})
        EXPECT_TRUE(Json::parse(text).has_value()) << text;
}

TEST(Json, IsReadToADepthOfSixteen) {
    EXPECT_TRUE(Json::parse(nested(16)).has_value());
    EXPECT_FALSE(Json::parse(nested(17)).has_value());
    EXPECT_FALSE(Json::parse(std::string(1000000, '[')).has_value());
    std::string wide = "[";
    for (int i = 0; i < 100; ++i)
        wide += "[[]],";
    EXPECT_TRUE(Json::parse(wide + "[]]").has_value());
}

TEST(Json, OfMembersOfOneNameTheLastCounts) {
    Json json = Json::parse(R"({"a":1,"b":2,"a":3})").value();
    EXPECT_EQ(3, json.at("a").integer<int>());
    EXPECT_EQ(nullptr, json.find("c"));
    EXPECT_THROW((void)json.at("c"), pty::JsonError);
    EXPECT_EQ(nullptr, json.at("a").find("b"));
}

TEST(Json, IntegersAreInRangeOrNone) {
    Json json =
        Json::parse(
            "[-1, 255, 256, 18446744073709551615, 18446744073709551616, 1.0, -9223372036854775808, -0]")
            .value();
    const auto& items = json.get<Json::Array>();
    EXPECT_FALSE(items[0].fits<uint8_t>());
    EXPECT_EQ(-1, items[0].integer<int>());
    EXPECT_EQ(255, items[1].integer<uint8_t>());
    EXPECT_FALSE(items[2].fits<uint8_t>());
    EXPECT_EQ(std::numeric_limits<uint64_t>::max(), items[3].integer<uint64_t>());
    EXPECT_FALSE(items[3].fits<int64_t>());
    EXPECT_FALSE(items[4].is_integer());
    EXPECT_FALSE(items[5].is_integer());
    EXPECT_THROW((void)items[5].integer<int>(), pty::JsonError);
    EXPECT_EQ(1.0, items[5].number());
    EXPECT_EQ(std::numeric_limits<int64_t>::min(), items[6].integer<int64_t>());
    EXPECT_EQ(0U, items[7].integer<unsigned>());
    EXPECT_EQ(-1.0, items[0].number());
}

TEST(Json, AnotherKindIsAnError) {
    Json json = Json::parse(R"(["a", 1, true])").value();
    const auto& items = json.get<Json::Array>();
    EXPECT_EQ("a", items[0].get<std::string>());
    EXPECT_TRUE(items[2].get<bool>());
    EXPECT_FALSE(items[2].is_integer());
    EXPECT_THROW((void)items[1].get<std::string>(), pty::JsonError);
    EXPECT_THROW((void)items[0].number(), pty::JsonError);
    EXPECT_THROW((void)json.strings(), pty::JsonError);
    EXPECT_THROW((void)json.get<Json::Object>(), pty::JsonError);
}

TEST(Json, IsPrintedInTheOrderInWhichItWasMade) {
    Json json = Json::object({{"z", 1}, {"a", Json::array()}});
    json.set("m", std::vector<std::string>{"x", "y"});
    json.set("z", false);
    EXPECT_EQ(R"({"z":false,"a":[],"m":["x","y"]})", json.text(Json::one_line));
    EXPECT_EQ("{\n \"z\": false,\n \"a\": [],\n \"m\": [\n  \"x\",\n  \"y\"\n ]\n}", json.text(1));
}

TEST(Json, TextIsAsciiOrValidUtf8) {
    Json json = "\x1b\xc3\xa9\xff";
    EXPECT_EQ("\"\\u001b\\u00e9\\ufffd\"", json.text(Json::one_line));
    EXPECT_EQ("\"\\u001b\xc3\xa9\xef\xbf\xbd\"", json.utf8_text());
}

} // namespace
