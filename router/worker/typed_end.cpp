#include "router/worker/typed_end.hpp"

#include "pty/kernel.hpp"
#include "pty/unread_input.hpp"

#include <unistd.h>

namespace worker {

std::optional<char> TypedEnd::due(int master) {
    termios settings{};
    if (kernel::tcgetattr(master, &settings) != 0 ||
        settings.c_cc[VEOF] == static_cast<cc_t>(_POSIX_VDISABLE))
        return std::nullopt;
    Reader reader{(settings.c_lflag & ICANON) != 0, ::tcgetpgrp(master)};
    bool changed = told_ != reader;
    auto unread = pty::unread_input(master);
    bool again = reader.canonical && unread.has_value();
    if (unread.value_or(false) || (!changed && !again))
        return std::nullopt;
    told_ = reader;
    return static_cast<char>(settings.c_cc[VEOF]);
}

} // namespace worker
