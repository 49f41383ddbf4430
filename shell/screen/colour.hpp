// The colours of a preview on a terminal that may have fewer. Pure.
#pragma once

#include <cstdint>

namespace top {

struct Colour {
    enum class Kind : uint8_t { standard, indexed, rgb };
    Kind kind = Kind::standard; // the terminal's own
    uint8_t index = 0;          // of xterm's 256
    uint8_t red = 0, green = 0, blue = 0;
    bool operator==(const Colour&) const = default;
};

// What the terminal's colours are.
enum class Depth : uint8_t { none, eight, sixteen, indexed, direct };

// By terminfo's `colors`. From 2^24 on, a colour's number is its red, green and blue (user_caps(5), RGB).
Depth depth_of(int colors);

// The terminal's number for the colour, or for the nearest it has; -1: its own.
int nearest(const Colour& colour, Depth depth);

} // namespace top
