// Frames of the client protocol: docs/protocol.md, "Frames". Pure: bytes in, values out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace wire {

inline constexpr int protocol_version = 2;

enum class FrameType : uint8_t {
    data = 1,    // bytes of the stream
    end = 2,     // the sender will send no more on this stream; no payload
    credit = 3,  // the receiver of the stream has consumed so many bytes more; payload: u32, big-endian
    control = 4, // a JSON object; stream 0
};

enum class Stream : uint16_t {
    control = 0,
    input = 1,  // client to router: what the user types, or stdin
    output = 2, // router to client: the terminal's output, or stdout
    error = 3,  // router to client: stderr; never with a terminal
};

inline constexpr size_t header_size = 8;
inline constexpr size_t max_data = 65536;              // payload of a data frame, bytes
inline constexpr size_t max_control = size_t{1} << 20; // payload of a control frame, bytes
inline constexpr uint32_t initial_credit = 65536;      // bytes, for each stream

struct FrameHeader {
    FrameType type{};
    Stream stream{};
    uint32_t length = 0; // of the payload, bytes
    bool operator==(const FrameHeader&) const = default;
};

std::array<char, header_size> encode_header(const FrameHeader& header);

enum class FrameError { none, type, reserved, stream, length };

struct DecodedHeader {
    FrameHeader header;
    FrameError error = FrameError::none;
};

// Judges everything that can be judged before the payload arrives, so that nothing is allocated for a frame
// that will be refused: unknown type, reserved byte not zero, a stream that the type cannot carry, a length
// over the type's cap.
DecodedHeader decode_header(std::span<const char, header_size> bytes);

// For messages to people: "unknown frame type" and so on.
std::string_view describe(FrameError error);

// A whole credit frame.
std::array<char, header_size + 4> credit_frame(Stream stream, uint32_t bytes);
uint32_t decode_credit(std::span<const char, 4> payload);

} // namespace wire
