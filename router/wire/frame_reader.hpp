// Puts frames together from a stream's bytes, in whatever pieces they come: docs/protocol.md, "Frames". Pure.
#pragma once

#include "router/wire/frame.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace wire {

// What is handed on of a frame. A data frame comes in pieces, for nobody need wait for the rest of it; any
// other when it is whole.
struct FramePiece {
    FrameHeader header;
    std::span<const char> payload; // valid until the next call, and for as long as the bytes given are
    bool first = true;             // of its frame
};

class FrameReader {
public:
    // Takes bytes from the front of `bytes` until there is something to hand on. Nothing: all were taken, or
    // error() says why no more will be.
    std::optional<FramePiece> next(std::span<const char>& bytes);

    // A header that is none, after which nothing can be told of what follows.
    [[nodiscard]] FrameError error() const { return error_; }

private:
    bool take_header(std::span<const char>& bytes);
    std::optional<FramePiece> take_data(std::span<const char>& bytes);
    std::optional<FramePiece> take_whole(std::span<const char>& bytes);

    std::array<char, header_size> header_bytes_{};
    size_t header_have_ = 0;
    FrameHeader header_;
    size_t left_ = 0;       // of the payload
    std::string collected_; // of a payload that came in pieces; its length is capped before any room is made
    FrameError error_ = FrameError::none;
};

} // namespace wire
