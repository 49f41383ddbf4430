// The programs that lie beside this one.
#pragma once

#include "pty/fd.hpp"

namespace jailcore {

// Open for executing. Throws StepError.
pty::UniqueFd open_sibling(const char* program);

} // namespace jailcore
