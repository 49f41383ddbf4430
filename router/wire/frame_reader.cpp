#include "router/wire/frame_reader.hpp"

#include <algorithm>

namespace wire {
namespace {

constexpr size_t usual_payload = 4096; // more is given back when its frame is over

std::span<const char> take(std::span<const char>& bytes, size_t most) {
    auto taken = bytes.first(std::min(bytes.size(), most));
    bytes = bytes.subspan(taken.size());
    return taken;
}

} // namespace

std::optional<FramePiece> FrameReader::next(std::span<const char>& bytes) {
    if (error_ != FrameError::none || !take_header(bytes))
        return std::nullopt;
    return header_.type == FrameType::data ? take_data(bytes) : take_whole(bytes);
}

bool FrameReader::take_header(std::span<const char>& bytes) {
    if (header_have_ == header_size)
        return true;
    auto part = take(bytes, header_size - header_have_);
    std::ranges::copy(part, header_bytes_.begin() + static_cast<ptrdiff_t>(header_have_));
    header_have_ += part.size();
    if (header_have_ < header_size)
        return false;
    auto [header, error] = decode_header(header_bytes_);
    header_ = header;
    left_ = header.length;
    error_ = error;
    if (collected_.capacity() > usual_payload)
        std::string().swap(collected_);
    collected_.clear();
    return error == FrameError::none;
}

std::optional<FramePiece> FrameReader::take_data(std::span<const char>& bytes) {
    if (bytes.empty())
        return std::nullopt;
    bool first = left_ == header_.length;
    auto part = take(bytes, left_);
    left_ -= part.size();
    if (left_ == 0)
        header_have_ = 0;
    return FramePiece{header_, part, first};
}

std::optional<FramePiece> FrameReader::take_whole(std::span<const char>& bytes) {
    auto part = take(bytes, left_);
    left_ -= part.size();
    if (left_ > 0 || !collected_.empty()) {
        collected_.append(part.data(), part.size());
        part = collected_;
    }
    if (left_ > 0)
        return std::nullopt;
    header_have_ = 0;
    return FramePiece{header_, part};
}

} // namespace wire
