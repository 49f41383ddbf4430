// The file that this process executes.
#pragma once

#include <string>

namespace pty {

// Its absolute path, from the kernel: argv[0] is the caller's. Throws StepError.
std::string own_program();

} // namespace pty
