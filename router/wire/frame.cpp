#include "router/wire/frame.hpp"

#include <algorithm>

namespace wire {
namespace {

void put_u32(char* to, uint32_t value) {
    for (int i = 0; i < 4; ++i)
        to[i] = static_cast<char>(value >> (24 - 8 * i));
}

uint32_t get_u32(const char* from) {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value = value << 8 | static_cast<uint8_t>(from[i]);
    return value;
}

bool carries(FrameType type, Stream stream) {
    return type == FrameType::control ? stream == Stream::control
                                      : stream >= Stream::input && stream <= Stream::error;
}

bool fits(FrameType type, uint32_t length) {
    switch (type) {
    case FrameType::data:
        return length > 0 && length <= max_data;
    case FrameType::end:
        return length == 0;
    case FrameType::credit:
        return length == 4;
    case FrameType::control:
        return length > 0 && length <= max_control;
    }
    return false;
}

} // namespace

std::array<char, header_size> encode_header(const FrameHeader& header) {
    std::array<char, header_size> bytes{};
    auto stream = static_cast<uint16_t>(header.stream);
    bytes[0] = static_cast<char>(header.type);
    bytes[2] = static_cast<char>(stream >> 8);
    bytes[3] = static_cast<char>(stream);
    put_u32(&bytes[4], header.length);
    return bytes;
}

DecodedHeader decode_header(std::span<const char, header_size> bytes) {
    auto type = static_cast<uint8_t>(bytes[0]);
    auto stream = static_cast<Stream>(static_cast<uint8_t>(bytes[2]) << 8 | static_cast<uint8_t>(bytes[3]));
    DecodedHeader result{{static_cast<FrameType>(type), stream, get_u32(&bytes[4])}, FrameError::none};
    if (type < 1 || type > 4)
        result.error = FrameError::type;
    else if (bytes[1] != 0)
        result.error = FrameError::reserved;
    else if (!carries(result.header.type, stream))
        result.error = FrameError::stream;
    else if (!fits(result.header.type, result.header.length))
        result.error = FrameError::length;
    return result;
}

std::string_view describe(FrameError error) {
    switch (error) {
    case FrameError::none:
        return "no error";
    case FrameError::type:
        return "unknown frame type";
    case FrameError::reserved:
        return "reserved byte is not zero";
    case FrameError::stream:
        return "frame type does not belong on this stream";
    case FrameError::length:
        return "frame length is not allowed for this type";
    }
    return "unknown frame error";
}

std::array<char, header_size + 4> credit_frame(Stream stream, uint32_t bytes) {
    std::array<char, header_size + 4> frame{};
    auto header = encode_header({FrameType::credit, stream, 4});
    std::copy(header.begin(), header.end(), frame.begin());
    put_u32(&frame[header_size], bytes);
    return frame;
}

uint32_t decode_credit(std::span<const char, 4> payload) {
    return get_u32(payload.data());
}

} // namespace wire
