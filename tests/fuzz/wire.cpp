// Frames and control messages as a peer may send them: never a crash, and what is understood is understood
// again after being written out.
#include "router/wire/control.hpp"
#include "router/wire/frame.hpp"

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
    control(data);
    return 0;
}
