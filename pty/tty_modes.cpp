#include "pty/tty_modes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unistd.h>

namespace pty {
namespace {

struct Character {
    uint8_t opcode;
    int place; // in c_cc
};

// Those that some system lacks stand behind #ifdef: they are macros wherever they exist.
constexpr auto characters = std::to_array<Character>({
    {1, VINTR},
    {2, VQUIT},
    {3, VERASE},
    {4, VKILL},
    {5, VEOF},
    {6, VEOL},
    {7, VEOL2},
    {8, VSTART},
    {9, VSTOP},
    {10, VSUSP},
    {12, VREPRINT},
    {13, VWERASE},
    {14, VLNEXT},
    {18, VDISCARD},
#ifdef VDSUSP
    {11, VDSUSP},
#endif
#ifdef VSWTC
    {16, VSWTC},
#endif
#ifdef VSTATUS
    {17, VSTATUS},
#endif
});
constexpr uint32_t no_character = 255;

using FlagGroup = tcflag_t termios::*;
struct Flag {
    uint8_t opcode;
    FlagGroup group;
    tcflag_t bit;
};

// Size and parity of a character (90 to 93) are those of a wire, of which a pty has none.
constexpr auto flags = std::to_array<Flag>({
    {30, &termios::c_iflag, IGNPAR},  {31, &termios::c_iflag, PARMRK},  {32, &termios::c_iflag, INPCK},
    {33, &termios::c_iflag, ISTRIP},  {34, &termios::c_iflag, INLCR},   {35, &termios::c_iflag, IGNCR},
    {36, &termios::c_iflag, ICRNL},   {38, &termios::c_iflag, IXON},    {39, &termios::c_iflag, IXANY},
    {40, &termios::c_iflag, IXOFF},   {41, &termios::c_iflag, IMAXBEL},
#ifdef IUCLC
    {37, &termios::c_iflag, IUCLC},
#endif
#ifdef IUTF8
    {42, &termios::c_iflag, IUTF8},
#endif
    {50, &termios::c_lflag, ISIG},    {51, &termios::c_lflag, ICANON},  {53, &termios::c_lflag, ECHO},
    {54, &termios::c_lflag, ECHOE},   {55, &termios::c_lflag, ECHOK},   {56, &termios::c_lflag, ECHONL},
    {57, &termios::c_lflag, NOFLSH},  {58, &termios::c_lflag, TOSTOP},  {59, &termios::c_lflag, IEXTEN},
    {60, &termios::c_lflag, ECHOCTL}, {61, &termios::c_lflag, ECHOKE},  {62, &termios::c_lflag, PENDIN},
#ifdef XCASE
    {52, &termios::c_lflag, XCASE},
#endif
    {70, &termios::c_oflag, OPOST},   {72, &termios::c_oflag, ONLCR},   {73, &termios::c_oflag, OCRNL},
    {74, &termios::c_oflag, ONOCR},   {75, &termios::c_oflag, ONLRET},
#ifdef OLCUC
    {71, &termios::c_oflag, OLCUC},
#endif
});

struct Speed {
    uint32_t baud;
    speed_t code;
};

// Not 0, which would hang up.
constexpr auto speeds = std::to_array<Speed>({
    {50, B50},       {75, B75},         {110, B110},       {134, B134},       {150, B150},
    {200, B200},     {300, B300},       {600, B600},       {1200, B1200},     {1800, B1800},
    {2400, B2400},   {4800, B4800},     {9600, B9600},     {19200, B19200},   {38400, B38400},
    {57600, B57600}, {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600},
});

constexpr uint8_t input_speed = 128;
constexpr uint8_t output_speed = 129;
constexpr uint8_t end_of_modes = 0;
constexpr uint8_t first_undefined = 160; // parsing stops there

void append(std::string& modes, uint8_t opcode, uint32_t value) {
    modes.push_back(static_cast<char>(opcode));
    for (unsigned shift : {24U, 16U, 8U, 0U})
        modes.push_back(static_cast<char>(value >> shift));
}

void append_speed(std::string& modes, uint8_t opcode, speed_t code) {
    const auto* known = std::ranges::find(speeds, code, &Speed::code);
    if (known != speeds.end())
        append(modes, opcode, known->baud);
}

void apply(termios& settings, uint8_t opcode, uint32_t value) {
    const auto* character = std::ranges::find(characters, opcode, &Character::opcode);
    if (character != characters.end() && value <= no_character)
        settings.c_cc[character->place] =
            value == no_character ? static_cast<cc_t>(_POSIX_VDISABLE) : static_cast<cc_t>(value);
    const auto* flag = std::ranges::find(flags, opcode, &Flag::opcode);
    if (flag != flags.end())
        settings.*flag->group =
            value != 0 ? settings.*flag->group | flag->bit : settings.*flag->group & ~flag->bit;
    const auto* speed = std::ranges::find(speeds, value, &Speed::baud);
    if (speed != speeds.end() && opcode == input_speed)
        ::cfsetispeed(&settings, speed->code);
    if (speed != speeds.end() && opcode == output_speed)
        ::cfsetospeed(&settings, speed->code);
}

} // namespace

std::string encode_tty_modes(const termios& settings) {
    std::string modes;
    append_speed(modes, output_speed, ::cfgetospeed(&settings));
    append_speed(modes, input_speed, ::cfgetispeed(&settings));
    for (const Character& character : characters) {
        cc_t value = settings.c_cc[character.place];
        append(modes, character.opcode, value == static_cast<cc_t>(_POSIX_VDISABLE) ? no_character : value);
    }
    for (const Flag& flag : flags)
        append(modes, flag.opcode, (settings.*flag.group & flag.bit) != 0 ? 1 : 0);
    modes.push_back(static_cast<char>(end_of_modes));
    return modes;
}

void apply_tty_modes(termios& settings, std::string_view modes) {
    constexpr size_t entry = 5; // bytes: an opcode and its value
    for (; modes.size() >= entry; modes.remove_prefix(entry)) {
        auto opcode = static_cast<uint8_t>(modes[0]);
        if (opcode == end_of_modes || opcode >= first_undefined)
            return;
        uint32_t value = 0;
        for (char byte : modes.substr(1, entry - 1))
            value = value << 8 | static_cast<uint8_t>(byte);
        apply(settings, opcode, value);
    }
}

} // namespace pty
