// Frames and control messages as a peer may send them: never a crash, and what is understood is understood
// again after being written out.
#include "router/wire/control.hpp"
#include "router/wire/frame_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string_view payload(const std::string& frame) {
    return std::string_view(frame).substr(wire::header_size);
}

void check(bool holds) {
    if (!holds)
        std::abort();
}

void header(std::string_view data) {
    if (data.size() < wire::header_size)
        return;
    std::array<char, wire::header_size> bytes{};
    std::copy_n(data.begin(), bytes.size(), bytes.begin());
    auto decoded = wire::decode_header(bytes);
    if (decoded.error == wire::FrameError::none)
        check(wire::encode_header(decoded.header) == bytes);
}

// The frames of a stream are the same, in whatever pieces it comes.
std::string frames_of(std::string_view data, size_t step) {
    wire::FrameReader reader;
    std::string text;
    size_t missing = 0; // of the data frame that is coming
    for (; !data.empty(); data.remove_prefix(std::min(step, data.size()))) {
        std::span<const char> some(data.data(), std::min(step, data.size()));
        while (auto piece = reader.next(some)) {
            const wire::FrameHeader& header = piece->header;
            check(piece->first == (missing == 0) && piece->payload.size() <= header.length);
            missing = (piece->first ? header.length : missing) - piece->payload.size();
            check(missing == 0 || header.type == wire::FrameType::data);
            if (piece->first) {
                auto bytes = wire::encode_header(header);
                text.append(bytes.data(), bytes.size());
            }
            text.append(piece->payload.data(), piece->payload.size());
        }
        check(some.empty() || reader.error() != wire::FrameError::none);
    }
    return text + std::string(wire::describe(reader.error()));
}

void frames(std::string_view data) {
    if (data.empty())
        return;
    std::string whole = frames_of(data, data.size());
    check(whole == frames_of(data, 1) && whole == frames_of(data, 1 + static_cast<uint8_t>(data.front())));
}

void control(std::string_view data) {
    if (auto read = wire::parse_client_message(data); read.message) {
        std::string frame = wire::control_frame(*read.message);
        auto again = wire::parse_client_message(payload(frame));
        check(again.message && wire::control_frame(*again.message) == frame);
    }
    if (auto read = wire::parse_router_message(data); read.message)
        check(wire::parse_router_message(payload(wire::control_frame(*read.message))).message.has_value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    std::string_view data(reinterpret_cast<const char*>(bytes), size);
    header(data);
    frames(data);
    control(data);
    return 0;
}
