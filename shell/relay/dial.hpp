// The far end of -H: standard input and output are joined to the router's socket.
#pragma once

#include "pty/fd.hpp"

namespace shell {

// Passes bytes both ways, unread, until the router has closed the connection or nobody reads `output` any
// more. The end of `input` is passed on as a half-close. Neither descriptor is owned, nor are their flags
// changed. Throws StepError.
void join_to_socket(int input, int output, pty::UniqueFd socket);

} // namespace shell
