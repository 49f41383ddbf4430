// docs/protocol.md against the code: every row of its tables.
#include "pty/json.hpp"
#include "router/contract/verbs.hpp"
#include "router/wire/control.hpp"
#include "router/wire/frame.hpp"
#include "tests/unit/document_tables.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace {

using document_test::Row;
using document_test::tables;
using document_test::trimmed;

std::set<std::string> words(const std::string& list) {
    std::set<std::string> result;
    std::istringstream stream(list);
    for (std::string word; std::getline(stream, word, ',');)
        result.insert(trimmed(word));
    return result;
}

wire::FrameError judge(unsigned type, unsigned stream, uint32_t length) {
    auto bytes =
        wire::encode_header({static_cast<wire::FrameType>(type), static_cast<wire::Stream>(stream), length});
    return wire::decode_header(bytes).error;
}

TEST(ProtocolDocument, HeaderLayout) {
    auto bytes = wire::encode_header(
        {static_cast<wire::FrameType>(0x11), static_cast<wire::Stream>(0x2233), 0x44556677});
    const std::map<std::string, std::string> values{{"type", "\x11"},
                                                    {"reserved", std::string(1, '\0')},
                                                    {"stream", "\x22\x33"},
                                                    {"length", "\x44\x55\x66\x77"}};
    auto rows = tables().at("offset,bytes").at(0);
    ASSERT_EQ(4U, rows.size());
    size_t end = 0;
    for (const Row& row : rows) {
        EXPECT_EQ(end, std::stoul(row[0]));
        size_t size = std::stoul(row[1]);
        EXPECT_EQ(values.at(row[2]), std::string(bytes.data() + end, size)) << row[2];
        end += size;
    }
    EXPECT_EQ(wire::header_size, end);
}

TEST(ProtocolDocument, FrameTypes) {
    auto rows = tables().at("type,name").at(0);
    ASSERT_EQ(4U, rows.size());
    for (const Row& row : rows) {
        auto type = static_cast<unsigned>(std::stoul(row[0]));
        bool on_control = row[2] == "0";
        ASSERT_TRUE(on_control || row[2] == "1–3") << row[2];
        auto dash = row[4].find("–");
        auto least = static_cast<uint32_t>(std::stoul(row[4]));
        auto most =
            dash == std::string::npos ? least : static_cast<uint32_t>(std::stoul(row[4].substr(dash + 3)));
        for (unsigned stream = 0; stream < 5; ++stream) {
            bool carried = on_control ? stream == 0 : stream >= 1 && stream <= 3;
            EXPECT_EQ(carried ? wire::FrameError::none : wire::FrameError::stream,
                      judge(type, stream, least));
        }
        unsigned stream = on_control ? 0 : 1;
        EXPECT_EQ(wire::FrameError::none, judge(type, stream, most));
        EXPECT_EQ(wire::FrameError::length, judge(type, stream, most + 1));
        if (least > 0) {
            EXPECT_EQ(wire::FrameError::length, judge(type, stream, least - 1));
        }
    }
}

TEST(ProtocolDocument, Streams) {
    const std::map<std::string, wire::Stream> names{{"control", wire::Stream::control},
                                                    {"input", wire::Stream::input},
                                                    {"output", wire::Stream::output},
                                                    {"error", wire::Stream::error}};
    auto rows = tables().at("stream,name").at(0);
    ASSERT_EQ(names.size(), rows.size());
    for (const Row& row : rows)
        EXPECT_EQ(std::to_string(static_cast<unsigned>(names.at(row[1]))), row[0]);
}

TEST(ProtocolDocument, Numbers) {
    std::ifstream file(std::string(JC_SOURCE_DIR) + "/docs/protocol.md");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_NE(std::string::npos, text.find("may send " + std::to_string(wire::initial_credit) + " bytes"));
    EXPECT_NE(std::string::npos, text.find("Version " + std::to_string(wire::protocol_version) + "."));
    EXPECT_NE(std::string::npos,
              text.find("steps of " + std::to_string(wire::initial_credit / 4) + " bytes"));
}

// The names in backquotes.
std::set<std::string> quoted(const std::string& text) {
    std::set<std::string> names;
    const std::regex name("`([a-z]+)`");
    for (std::sregex_iterator found(text.begin(), text.end(), name), end; found != end; ++found)
        names.insert((*found)[1]);
    return names;
}

TEST(ProtocolDocument, Verbs) {
    std::ifstream file(std::string(JC_SOURCE_DIR) + "/docs/protocol.md");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    auto between = [&](const std::string& from, const std::string& to) {
        size_t begin = text.find(from) + from.size();
        return text.substr(begin, text.find(to, begin) - begin);
    };
    std::set<std::string> all, without_jail;
    for (const contract::VerbRow& verb : contract::verbs) {
        all.emplace(verb.name);
        if (verb.subject == contract::Subject::any_jail)
            without_jail.emplace(verb.name);
    }
    EXPECT_EQ(all, quoted(between("- `verb`: ", ".\n")));
    EXPECT_EQ(without_jail, quoted(between("`jail` may be left empty for ", ". All but")));
}

template <class... Messages>
std::map<std::string, std::set<std::string>> members_in_code(const Messages&... messages) {
    std::map<std::string, std::set<std::string>> result;
    auto add = [&](const std::string& frame) {
        auto object = pty::Json::parse(std::string_view(frame).substr(wire::header_size)).value();
        std::set<std::string> names;
        for (const auto& [name, value] : object.get<pty::Json::Object>())
            if (name != "type")
                names.insert(name);
        result[object.at("type").get<std::string>()].insert(names.begin(), names.end());
    };
    (add(wire::control_frame(messages)), ...);
    return result;
}

std::map<std::string, std::set<std::string>> members_in_document(const std::vector<Row>& rows) {
    std::map<std::string, std::set<std::string>> result;
    for (const Row& row : rows)
        result[row[0]] = words(row[1]);
    return result;
}

TEST(ProtocolDocument, ControlMessages) {
    auto both = tables().at("type,members");
    ASSERT_EQ(2U, both.size());
    EXPECT_EQ(members_in_code(wire::ClientMessage(wire::Hello{}), wire::ClientMessage(wire::Open{}),
                              wire::ClientMessage(wire::Resume{}), wire::ClientMessage(wire::Resize{}),
                              wire::ClientMessage(wire::Signal{})),
              members_in_document(both[0]));
    EXPECT_EQ(std::variant_size_v<wire::ClientMessage>, both[0].size());
    EXPECT_EQ(members_in_code(wire::RouterMessage(wire::Hello{}), wire::RouterMessage(wire::Opened{}),
                              wire::RouterMessage(wire::Resumed{}),
                              wire::RouterMessage(wire::Exit{1, 1, "x"}), wire::RouterMessage(wire::Error{})),
              members_in_document(both[1]));
    EXPECT_EQ(std::variant_size_v<wire::RouterMessage>, both[1].size());
}

} // namespace
