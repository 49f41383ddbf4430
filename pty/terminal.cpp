#include "pty/terminal.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"

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
