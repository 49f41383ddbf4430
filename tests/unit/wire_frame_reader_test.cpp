#include "router/wire/frame_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using wire::FrameType;
using wire::Stream;

std::string frame(FrameType type, Stream stream, std::string_view payload) {
    auto header = wire::encode_header({type, stream, static_cast<uint32_t>(payload.size())});
    return std::string(header.begin(), header.end()).append(payload);
}

struct Whole {
    FrameType type;
    Stream stream;
    std::string payload;
    bool operator==(const Whole&) const = default;
};

// All frames of `bytes`, which come `step` at a time.
std::vector<Whole> frames_of(std::string_view bytes, size_t step) {
    wire::FrameReader reader;
    std::vector<Whole> frames;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
        std::span<const char> piece(bytes.data(), std::min(step, bytes.size()));
        while (auto part = reader.next(piece)) {
            std::string payload(part->payload.begin(), part->payload.end());
            if (part->first)
                frames.push_back({part->header.type, part->header.stream, payload});
            else
                frames.back().payload += payload;
        }
        EXPECT_TRUE(piece.empty());
    }
    EXPECT_EQ(wire::FrameError::none, reader.error());
    return frames;
}

TEST(FrameReader, PutsFramesTogetherFromPiecesOfAnySize) {
    const std::vector<Whole> frames = {
        {FrameType::control, Stream::control, R"({"type":"hello"})"},
        {FrameType::data, Stream::input, std::string(300, 'x')},
        {FrameType::data, Stream::input, "y"},
        {FrameType::credit, Stream::output, std::string("\0\1\0\0", 4)},
        {FrameType::end, Stream::input, ""},
        {FrameType::control, Stream::control, std::string(10'000, 'z')},
    };
    std::string bytes;
    for (const Whole& each : frames)
        bytes += frame(each.type, each.stream, each.payload);
    for (size_t step : {size_t{1}, size_t{2}, size_t{7}, size_t{8}, size_t{9}, size_t{4096}, bytes.size()})
        EXPECT_EQ(frames, frames_of(bytes, step)) << step;
}

TEST(FrameReader, HandsDataOnAsItComesAndNothingElse) {
    wire::FrameReader reader;
    std::string bytes = frame(FrameType::data, Stream::output, "abcdef");
    std::span<const char> some = std::span(bytes).first(10);
    auto piece = reader.next(some);
    ASSERT_TRUE(piece);
    EXPECT_EQ(6U, piece->header.length);
    EXPECT_EQ(2U, piece->payload.size());
    EXPECT_FALSE(reader.next(some));
    bytes = frame(FrameType::control, Stream::control, "abcdef");
    some = std::span<const char>(bytes).first(10);
    wire::FrameReader other;
    EXPECT_FALSE(other.next(some));
    some = std::span<const char>(bytes).subspan(10);
    piece = other.next(some);
    ASSERT_TRUE(piece);
    EXPECT_EQ(6U, piece->payload.size());
}

TEST(FrameReader, ReadsNothingBehindAHeaderThatIsNone) {
    wire::FrameReader reader;
    std::string bytes = frame(FrameType::end, Stream::input, "") + std::string(8, '\7') +
                        frame(FrameType::end, Stream::input, "");
    std::span<const char> some = bytes;
    EXPECT_TRUE(reader.next(some));
    EXPECT_FALSE(reader.next(some));
    EXPECT_EQ(wire::FrameError::type, reader.error());
    EXPECT_FALSE(reader.next(some));
}

} // namespace
