// Executing a memfd, which only Linux can.
#pragma once

#include "pty/fd.hpp"

#include <string_view>

namespace pty {

// A memfd that holds `content`, can be executed whatever the kernel's default is (vm.memfd_noexec), and can
// never again be written, shrunk or grown. Throws StepError.
UniqueFd program_memfd(const char* name, std::string_view content);

} // namespace pty
