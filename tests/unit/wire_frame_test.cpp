#include "router/wire/control.hpp"
#include "router/wire/frame.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using wire::FrameError;
using wire::FrameType;
using wire::Stream;

TEST(Frame, HeaderIsBigEndianFieldByField) {
    auto bytes = wire::encode_header({FrameType::data, Stream::error, 0x00010203 & 0xffff});
    EXPECT_EQ(std::string("\x01\x00\x00\x03\x00\x00\x02\x03", 8), std::string(bytes.begin(), bytes.end()));
    auto credit = wire::credit_frame(Stream::output, 65536);
    EXPECT_EQ(std::string("\x03\x00\x00\x02\x00\x00\x00\x04\x00\x01\x00\x00", 12),
              std::string(credit.begin(), credit.end()));
}

struct Case {
    const char* name;
    std::string bytes;
    FrameError error;
};

TEST(Frame, BadHeadersAreNamedBeforeAnythingIsRead) {
    const Case cases[] = {
        {"data", {"\1\0\0\1\0\1\0\0", 8}, FrameError::none},
        {"type 0", {"\0\0\0\1\0\0\0\1", 8}, FrameError::type},
        {"type 5", {"\5\0\0\1\0\0\0\1", 8}, FrameError::type},
        {"reserved", {"\1\1\0\1\0\0\0\1", 8}, FrameError::reserved},
        {"data on control", {"\1\0\0\0\0\0\0\1", 8}, FrameError::stream},
        {"control on data", {"\4\0\0\1\0\0\0\1", 8}, FrameError::stream},
        {"stream 4", {"\1\0\0\4\0\0\0\1", 8}, FrameError::stream},
        {"stream 65535", {"\1\0\xff\xff\0\0\0\1", 8}, FrameError::stream},
        {"4 GB", {"\1\0\0\1\xff\xff\xff\xff", 8}, FrameError::length},
        {"one too long", {"\1\0\0\1\0\1\0\1", 8}, FrameError::length},
        {"empty data", {"\1\0\0\1\0\0\0\0", 8}, FrameError::length},
        {"end with payload", {"\2\0\0\1\0\0\0\1", 8}, FrameError::length},
        {"credit of 3", {"\3\0\0\1\0\0\0\3", 8}, FrameError::length},
        {"control over 1 MiB", {"\4\0\0\0\0\x10\0\1", 8}, FrameError::length},
    };
    for (const Case& c : cases)
        EXPECT_EQ(c.error, wire::decode_header(std::span<const char, 8>(c.bytes.data(), 8)).error) << c.name;
}

template <class Message>
Message through(const Message& message) {
    std::string frame;
    if constexpr (requires { wire::ClientMessage(message); })
        frame = wire::control_frame(wire::ClientMessage(message));
    else
        frame = wire::control_frame(wire::RouterMessage(message));
    auto header = wire::decode_header(std::span<const char, 8>(frame.data(), 8));
    EXPECT_EQ(FrameError::none, header.error);
    EXPECT_EQ(frame.size() - 8, header.header.length);
    std::string_view payload = std::string_view(frame).substr(8);
    if constexpr (requires { wire::ClientMessage(message); })
        return std::get<Message>(wire::parse_client_message(payload).message.value());
    else
        return std::get<Message>(wire::parse_router_message(payload).message.value());
}

TEST(Control, MessagesComeBackAsTheyWere) {
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte)
        every_byte.push_back(static_cast<char>(byte));
    wire::Open open{"console",
                    "web1",
                    pty::WindowSize{50, 132, 1, 2},
                    every_byte,
                    "bob\xff",
                    "games\xff",
                    true,
                    "/srv\xff",
                    {"TERM=xterm", every_byte},
                    {"ls", "-l", every_byte},
                    {"x\xff"},
                    "/f\xff"};
    wire::Open back = through(open);
    EXPECT_EQ("web1", back.jail);
    EXPECT_EQ(open.terminal, back.terminal);
    EXPECT_EQ(open.command, back.command);
    EXPECT_EQ(open.environment, back.environment);
    EXPECT_EQ(open.arguments, back.arguments);
    EXPECT_EQ("/f\xff", back.config);
    EXPECT_EQ(every_byte, back.modes);
    EXPECT_EQ("bob\xff", back.user);
    EXPECT_EQ("games\xff", back.group);
    EXPECT_EQ("/srv\xff", back.directory);
    EXPECT_TRUE(back.shell);
    open.terminal.reset();
    EXPECT_FALSE(through(open).terminal.has_value());
    EXPECT_EQ(132, through(wire::Resize{{50, 132, 0, 0}}).size.columns);
    EXPECT_EQ("INT", through(wire::Signal{"INT"}).name);
    EXPECT_EQ(1ULL << 40, through(wire::Resume{"a:1", "00", 1ULL << 40}).received);
    EXPECT_EQ(std::vector<std::string>{"mended"}, through(wire::Opened{"a:1", "00", {"mended"}}).notices);
    EXPECT_EQ(9, through(wire::Exit{{}, 9}).signal);
    EXPECT_EQ("", through(wire::Exit{{}, 9}).reason);
    EXPECT_EQ("the jail was stopped", through(wire::Exit{{}, 9, "the jail was stopped"}).reason);
    EXPECT_FALSE(through(wire::Exit{{}, 9}).status.has_value());
    EXPECT_EQ("why", through(wire::Error{"j", "s", "why", "m", 127}).cause);
}

TEST(Control, WhatAJailSaidNeverBreaksTheFrame) {
    EXPECT_EQ("a\xef\xbf\xbd", through(wire::Error{"j", "s", "a\xff", "", 255}).cause);
}

TEST(Control, BadMessagesAreNamed) {
    const std::pair<std::string, std::string> cases[] = {
        {"", "not a JSON object, or nested too deeply"},
        {"[]", "not a JSON object, or nested too deeply"},
        {"{\"type\":\"hello\"} x", "not a JSON object, or nested too deeply"},
        {"{}", "member \"type\" is missing"},
        {R"({"type":7})", "member \"type\" is not a string"},
        {R"({"type":"fly"})", "unknown message type"},
        {R"({"type":"hello"})", "member \"version\" is missing"},
        {R"({"type":"hello","version":"1"})", "member \"version\" is not an integer"},
        {R"({"type":"hello","version":99999999999})", "member \"version\" is not in range"},
        {R"({"type":"resize","rows":-1,"columns":1,"x_pixels":0,"y_pixels":0})",
         "member \"rows\" is not in range"},
        {R"({"type":"resize","rows":65536,"columns":1,"x_pixels":0,"y_pixels":0})",
         "member \"rows\" is not in range"},
        {R"({"type":"open","verb":"console","terminal":7})", "member \"terminal\" is not an object or null"},
        {R"({"type":"open","verb":"console","terminal":null,"command":[1]})",
         "member \"command\" is not an array of strings"},
        {R"({"type":"open","verb":"console","terminal":null,"command":["€"]})",
         "member \"command\" is not of characters up to U+00FF"},
        {R"({"type":"open","verb":"console","terminal":null,"user":"\u0100"})",
         "member \"user\" is not of characters up to U+00FF"},
        {R"({"type":"open","verb":"console","terminal":null,"shell":1})",
         "member \"shell\" is not true or false"},
        {std::string(1000000, '['), "not a JSON object, or nested too deeply"},
        {R"({"type":"exit","status":1})", "unknown message type"},
    };
    for (const auto& [text, problem] : cases) {
        auto parsed = wire::parse_client_message(text);
        EXPECT_FALSE(parsed.message.has_value()) << text.substr(0, 80);
        EXPECT_EQ(problem, parsed.problem);
    }
}

} // namespace
