#include "shell/screen/colour.hpp"

#include <array>
#include <cstddef>

namespace top {
namespace {

struct Rgb {
    int red, green, blue;
};

// xterm's palette: 16 colours, a cube of 6 × 6 × 6, 24 greys.
constexpr std::array<Rgb, 16> first_colours{{{0, 0, 0},
                                             {205, 0, 0},
                                             {0, 205, 0},
                                             {205, 205, 0},
                                             {0, 0, 238},
                                             {205, 0, 205},
                                             {0, 205, 205},
                                             {229, 229, 229},
                                             {127, 127, 127},
                                             {255, 0, 0},
                                             {0, 255, 0},
                                             {255, 255, 0},
                                             {92, 92, 255},
                                             {255, 0, 255},
                                             {0, 255, 255},
                                             {255, 255, 255}}};
constexpr std::array<int, 6> levels{0, 95, 135, 175, 215, 255};
constexpr int cube_start = 16;
constexpr int grey_start = 232;
constexpr int palette_size = 256;

Rgb rgb_of_index(int index) {
    if (index < cube_start)
        return first_colours.at(static_cast<size_t>(index));
    if (index >= grey_start) {
        int level = 8 + (index - grey_start) * 10;
        return {level, level, level};
    }
    int place = index - cube_start;
    return {levels.at(static_cast<size_t>(place / 36)), levels.at(static_cast<size_t>(place / 6 % 6)),
            levels.at(static_cast<size_t>(place % 6))};
}

int distance(const Rgb& a, const Rgb& b) {
    int red = a.red - b.red;
    int green = a.green - b.green;
    int blue = a.blue - b.blue;
    return red * red + green * green + blue * blue;
}

int nearest_index(const Rgb& wanted, int from, int to) {
    int best = from;
    for (int index = from; index < to; ++index)
        if (distance(rgb_of_index(index), wanted) < distance(rgb_of_index(best), wanted))
            best = index;
    return best;
}

} // namespace

Depth depth_of(int colors) {
    constexpr int sixteen = 16;
    constexpr int direct = 1 << 24;
    if (colors >= direct)
        return Depth::direct;
    if (colors >= palette_size)
        return Depth::indexed;
    if (colors >= sixteen)
        return Depth::sixteen;
    return colors >= sixteen / 2 ? Depth::eight : Depth::none;
}

int nearest(const Colour& colour, Depth depth) {
    constexpr int eight = 8;
    if (colour.kind == Colour::Kind::standard || depth == Depth::none)
        return -1;
    bool indexed = colour.kind == Colour::Kind::indexed;
    Rgb rgb = indexed ? rgb_of_index(colour.index) : Rgb{colour.red, colour.green, colour.blue};
    switch (depth) {
    case Depth::direct: {
        // The numbers below 8 are the first colours of the palette there.
        if (indexed && colour.index < eight)
            return colour.index;
        int number = rgb.red << 16 | rgb.green << 8 | rgb.blue;
        return number < eight ? 0 : number;
    }
    case Depth::indexed:
        // The first 16 are what the user has made them, so they stand for nothing but themselves.
        return indexed ? colour.index : nearest_index(rgb, cube_start, palette_size);
    case Depth::sixteen:
        return indexed && colour.index < cube_start ? colour.index : nearest_index(rgb, 0, cube_start);
    case Depth::eight:
        return indexed && colour.index < cube_start ? colour.index % eight
                                                    : nearest_index(rgb, 0, cube_start) % eight;
    case Depth::none:
        break;
    }
    return -1;
}

} // namespace top
