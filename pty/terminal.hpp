// What is done to the two ends of a pty and to the terminal of a user. tty_ioctl(4), termios(3).
#pragma once

#include "pty/fd.hpp"

#include <cstdint>
#include <string_view>
#include <sys/ioctl.h>
#include <termios.h>

namespace pty {

struct WindowSize {
    uint16_t rows = 24;
    uint16_t columns = 80;
    uint16_t x_pixels = 0;
    uint16_t y_pixels = 0;
    bool operator==(const WindowSize&) const = default;
};

// The terminal's size; the default where the terminal has none (0x0) or is no terminal.
WindowSize window_size(int terminal);

// Throws StepError("set size").
void set_window_size(int terminal, const WindowSize& size);

// Gives a new terminal its modes: those of the kernel, with UTF-8 for its line editing, changed by `modes`
// (pty/tty_modes.hpp). Throws StepError("terminal modes").
void set_modes(int slave, std::string_view modes);

// The settings of a raw terminal made from `settings`: no echo, no line editing, no signals, no output
// processing.
termios raw_settings(termios settings);

// Makes this process, which must not lead a process group, the leader of a session whose controlling terminal
// is `slave`. setsid(2) is checked: for a group leader it fails, and the terminal would stay the old one.
// Throws StepError.
void take_controlling_terminal(int slave);

} // namespace pty
