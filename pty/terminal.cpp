#include "pty/terminal.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/tty_modes.hpp"

namespace pty {

WindowSize window_size(int terminal) {
    winsize size{};
    if (::ioctl(terminal, TIOCGWINSZ, &size) == -1 || size.ws_row == 0 || size.ws_col == 0)
        return {};
    return {size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel};
}

void set_window_size(int terminal, const WindowSize& size) {
    winsize kernel_size{size.rows, size.columns, size.x_pixels, size.y_pixels};
    check(kernel::set_window_size(terminal, &kernel_size), "set size");
}

void set_modes(int slave, std::string_view modes) {
    termios settings{};
    check(kernel::tcgetattr(slave, &settings), "terminal modes");
#ifdef IUTF8
    settings.c_iflag |= IUTF8;
#endif
    apply_tty_modes(settings, modes);
    check(kernel::tcsetattr(slave, &settings), "terminal modes");
}

termios raw_settings(termios settings) {
    ::cfmakeraw(&settings);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    return settings;
}

void take_controlling_terminal(int slave) {
    check(kernel::setsid(), "setsid");
    check(kernel::make_controlling_terminal(slave), "controlling terminal");
}

} // namespace pty
