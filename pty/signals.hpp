// What a program that is executed inherits of signals.
#pragma once

namespace pty {

// Every signal at its default, and none blocked, in this process.
void reset_signals();

} // namespace pty
