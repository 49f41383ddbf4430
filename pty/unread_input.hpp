// What lies between the two ends of a pty.
#pragma once

#include <optional>

namespace pty {

// Whether a program at the terminal would find something to read at once: bytes, or in canonical mode a
// finished line, an end-of-file character too. Nothing where that cannot be told.
std::optional<bool> unread_input(int master);

} // namespace pty
